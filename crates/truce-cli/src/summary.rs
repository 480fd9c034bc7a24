//! Summaries of statements, in one line each.

use truce_statement::Body;
use truce_statement::body::dialogue::Answer;
use truce_statement::shape::{Area, Place, When};
use truce_statement::unit::Known;

/// One line for people. May hold whatever text the signer wrote: not yet safe for a terminal.
pub(crate) fn of(body: &Body) -> String {
    match body {
        Body::Charter(b) => format!("{} ({} parties)", b.title, b.parties.len()),
        Body::Accession(b) => format!("accedes, {} key(s)", b.keys.as_ref().map_or(0, |keys| keys.len())),
        Body::KeyGrant(b) => format!("key {} {}", b.key.id(), text(b.label.as_ref())),
        Body::KeyRevocation(b) => format!("key {} {}", b.key, word(&b.reason)),
        Body::Amendment(b) => b.title.to_string(),
        Body::Endorsement(b) => format!("assents {}", text(b.note.as_ref())),
        Body::Report(b) => {
            let totals: Vec<_> = b.regions.iter().map(|r| format!("{} {}", r.region, r.violations)).collect();
            format!("report {}: violations {}", b.number, totals.join(", "))
        }
        Body::Observation(b) => {
            let count = count(b.count);
            format!(
                "{}, {count} {}{}",
                when(&b.when),
                word(&b.what),
                at(b.place.as_ref().or(b.position.as_ref()))
            )
        }
        Body::Restriction(b) => {
            let time = b.arrived.map(|t| t.to_string()).or(b.when.as_ref().map(when)).unwrap_or_default();
            format!("{time}, {}{}", word(&b.outcome), at(Some(&b.place)))
        }
        Body::Weapons(b) => format!(
            "{}, {} {} {}{}",
            when(&b.when),
            count(b.count),
            b.weapon,
            word(&b.category),
            at(Some(&b.place))
        ),
        Body::Harm(b) => {
            let people = b
                .people
                .iter()
                .flat_map(|p| p.iter())
                .map(|p| format!("{} {}", count(p.count), word(&p.effect)));
            let deaths = b.deaths.iter().map(|d| {
                let range =
                    if d.low == d.high { String::new() } else { format!(" ({} to {})", d.low, d.high) };
                format!("{} deaths{range}", d.best)
            });
            let objects = b.objects.iter().flat_map(|o| o.iter()).map(|o| o.what.to_string());
            let what: Vec<String> = people.chain(deaths).chain(objects).collect();
            format!("{}, {}{}", when(&b.when), what.join(", "), at(Some(&b.place)))
        }
        Body::Signal(b) => format!("{} ({}): {}", b.title, word(&b.urgency), b.known),
        Body::Notification(b) => {
            format!(
                "{}, {}, {} to {}{}",
                b.designation,
                word(&b.activity),
                b.period.from,
                b.period.to,
                area(b.areas.first())
            )
        }
        Body::Calendar(b) => format!("activities planned for {}", b.year),
        Body::Commitment(b) => {
            let to: Vec<_> = b.to.iter().map(ToString::to_string).collect();
            format!("{} ({}) to {}, until {}", b.title, word(&b.topic), to.join(", "), b.valid_until)
        }
        Body::Delivery(b) => format!("item {} {}", b.item, text(b.summary.as_ref())),
        Body::Inquiry(b) => {
            let to: Vec<_> = b.to.iter().map(ToString::to_string).collect();
            format!("{} ({}) to {}", b.title, word(&b.topic), to.join(", "))
        }
        Body::Reply(b) => match &b.answer {
            Answer::Answered(a) => format!("answered: {}", a.text),
            Answer::PartlyAnswered(a) => format!("answered in part: {}", a.text),
            Answer::Declined(d) => format!("declined {}", text(d.reason.as_ref())),
            Answer::NeedsMoreTime(n) => format!("needs time until {}", n.until),
        },
        Body::Response(b) => format!("{}: {}", word(&b.position), b.text),
        Body::Document(b) => format!("{}: {}", word(&b.class), b.title),
        Body::Finding(b) => format!("{}: {}", word(&b.outcome), b.summary),
    }
}

/// The word that stands in drafts for a plain enum; the name of the variant where it carries more.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn count(count: Known<truce_statement::shape::Count>) -> String {
    match count.value() {
        Some(count) if count.about.is_some() => format!("about {}", count.n),
        Some(count) => count.n.to_string(),
        None => "an unknown number of".to_owned(),
    }
}

fn at(place: Option<&Place>) -> String {
    place.and_then(|place| place.name.value()).map(|name| format!(", {name}")).unwrap_or_default()
}

fn area(area: Option<&Area>) -> String {
    let name = area.and_then(|a| a.name.as_ref().or_else(|| a.place.as_ref().and_then(|p| p.name.value())));
    name.map(|name| format!(", {name}")).unwrap_or_default()
}

fn when(when: &When) -> String {
    let value = serde_json::to_value(when).unwrap_or_default();
    // `{"at": "..."}`, or a word with an object of two ends.
    let inner = value.as_object().and_then(|fields| fields.values().next()).cloned().unwrap_or_default();
    match inner {
        serde_json::Value::String(time) => time,
        serde_json::Value::Object(ends) => {
            let end = |name: &str| ends.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            let (from, to) = (end("from"), end("to"));
            let part = ends.get("part").and_then(serde_json::Value::as_str).unwrap_or_default();
            let span = if from == to { from.to_owned() } else { format!("{from} to {to}") };
            format!("{part} {span}").trim().to_owned()
        }
        _ => String::new(),
    }
}
