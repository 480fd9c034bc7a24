//! Pages for what cannot be shown: an address that leads nowhere, a copy that is not there yet.

use super::layout::Page;
use crate::model::{Progress, Status};
use axum::http::StatusCode;
use maud::{Markup, html};

/// Reason why a page is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The address names nothing there is.
    NotFound,
    /// Something in the address cannot be read; what.
    BadAddress(String),
    /// Nothing has been verified yet.
    NothingYet,
    /// The copy could not be read; code.
    Failed(String),
}

impl Problem {
    /// The status of the answer.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadAddress(_) => StatusCode::BAD_REQUEST,
            Self::NothingYet => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Keys of the title and the sentence.
    const fn keys(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("problem-404-title", "problem-404"),
            Self::BadAddress(_) => ("problem-400-title", "problem-400"),
            Self::NothingYet => ("problem-503-title", "problem-503"),
            Self::Failed(_) => ("problem-500-title", "problem-500"),
        }
    }

    /// Title of the page.
    pub(super) fn title(&self, page: &Page<'_>) -> String {
        page.words.say(self.keys().0).into_owned()
    }
}

/// The page.
pub(super) fn main(page: &Page<'_>, problem: &Problem, status: &Status) -> Markup {
    let w = page.words;
    let (title, sentence) = problem.keys();
    html! {
        main id="main" data-page="problem" {
            div.frame.problem {
                h1 { (w.say(title)) }
                p.lead { (w.say(sentence)) }
                @match problem {
                    Problem::BadAddress(what) => p { code { (super::text::Inert(what)) } },
                    Problem::Failed(code) => p { (w.say("problem-code")) ": " code { (code) } },
                    Problem::NothingYet => { @if let Some(progress) = status.progress { (bar(page, progress)) } }
                    Problem::NotFound => {}
                }
                @if *problem != Problem::NothingYet { p { a href=(page.to("/")) { (w.say("problem-home")) } } }
            }
        }
    }
}

fn bar(page: &Page<'_>, progress: Progress) -> Markup {
    let said = page
        .words
        .with("status-starting", &[("done", progress.done.into()), ("total", progress.total.into())]);
    html! {
        p {
            label for="progress" { (said) }
            progress id="progress" value=(progress.done) max=(progress.total.max(1)) {}
        }
    }
}
