//! Notified activities, with the time between notice and start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::index::{self, Status};
use truce_copy::query::{self, Filter, MAX_LIMIT};
use truce_copy::{CopyError, Served, aggregate};
use truce_statement::body::measures::{Activity, Planned};
use truce_statement::body::reports::YesNo;
use truce_statement::unit::Date;
use truce_statement::{Body, Kind, Statement};

/// Activities of one view.
const MAX_ACTIVITIES: usize = 400;
/// An activity that began this many days before the period may still go on in it.
const LONGEST_DAYS: i32 = 120;

/// Days of the calendar, counted from 1970-01-01, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarQuery {
    /// First day.
    pub from: i32,
    /// Last day.
    pub to: i32,
}

/// Activities of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CalendarView {
    /// First day, since 1970-01-01.
    pub from: i32,
    /// Last day.
    pub to: i32,
    /// Notified activities that touch the period, in order of their start. Corrected and retracted ones are among
    /// them, marked.
    pub activities: Vec<NotifiedActivity>,
    /// Annual calendars of the years of the period.
    pub plans: Vec<PlannedYear>,
    /// More activities exist than the view holds.
    pub cut: bool,
}

/// A notified activity.
#[allow(clippy::struct_excessive_bools)] // Each is a mark of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotifiedActivity {
    /// Position of the notification.
    pub position: u64,
    /// State that notified it.
    pub party: String,
    /// Name of the activity.
    pub designation: String,
    /// Kind of activity.
    pub activity: Activity,
    /// Start, milliseconds UTC.
    pub from: i64,
    /// End, milliseconds UTC.
    pub to: i64,
    /// Time at which the log received the notification, milliseconds UTC.
    pub received: i64,
    /// Day on which notice was given through another channel, since 1970-01-01.
    pub given: Option<i32>,
    /// Days from notice to start: from `given`, where it stands, else from `received`. Negative when notice came late.
    pub lead_days: i64,
    /// Troops, where stated: number, and whether it is approximate.
    pub troops: Option<Troops>,
    /// Carried out without advance notice to the troops.
    pub short_notice: bool,
    /// Use of live ammunition, if stated.
    pub live_fire: Option<YesNo>,
    /// Names of its areas.
    pub areas: Vec<String>,
    /// A later notification takes its place.
    pub corrected: bool,
    /// It was cancelled.
    pub retracted: bool,
    /// An exercise of the system itself.
    pub drill: bool,
}

/// A number of troops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Troops {
    /// Number.
    pub n: u32,
    /// Marked as approximate.
    pub about: bool,
}

/// The annual calendar of one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedYear {
    /// Position of the statement.
    pub position: u64,
    /// The state.
    pub party: String,
    /// The year.
    pub year: u16,
    /// Activities planned; 0 for a nil return.
    pub activities: u64,
    /// A later calendar takes its place.
    pub corrected: bool,
    /// It was taken back.
    pub retracted: bool,
}

pub(super) fn calendar(served: &Served, query: CalendarQuery) -> Result<CalendarView, CopyError> {
    if query.from > query.to {
        let what = format!("day {} to day {}: the first day is behind the last", query.from, query.to);
        return Err(CopyError::BadQuery { what });
    }
    let begins = i64::from(query.from) * aggregate::DAY_MS;
    let mut activities = Vec::new();
    let filter = Filter {
        kinds: vec![Kind::Notification],
        from: Some(query.from.saturating_sub(LONGEST_DAYS)),
        to: Some(query.to),
        ..Filter::default()
    };
    let cut = each(served, &filter, |position, received, statement| {
        let Body::Notification(body) = statement.body() else { return Ok(()) };
        if body.period.to.ms() < begins {
            return Ok(());
        }
        let flags = index::flags(served.store(), position)?;
        activities.push(NotifiedActivity {
            position,
            party: statement.header().iss.to_string(),
            designation: body.designation.to_string(),
            activity: body.activity,
            from: body.period.from.ms(),
            to: body.period.to.ms(),
            received,
            given: body.given.map(Date::days),
            lead_days: body.lead_days(received),
            troops: body
                .strength
                .troops
                .as_ref()
                .map(|troops| Troops { n: troops.n.get(), about: troops.about.is_some() }),
            short_notice: body.short_notice.is_some(),
            live_fire: body.live_fire,
            areas: body
                .areas
                .iter()
                .filter_map(|area| {
                    let place = area.place.as_ref().and_then(|place| place.name.value());
                    area.name.as_ref().or(place).map(ToString::to_string)
                })
                .collect(),
            corrected: flags.has(Status::Corrected),
            retracted: flags.has(Status::Retracted),
            drill: flags.has(Status::Drill),
        });
        Ok(())
    })?;
    activities.sort_by_key(|activity| (activity.from, activity.position));
    let mut plans = Vec::new();
    let first_of_year = |day: i32| {
        let (year, ..) = aggregate::civil(day);
        format!("{year:04}-01-01").parse::<Date>().map_or(day, Date::days)
    };
    let filter = Filter {
        kinds: vec![Kind::Calendar],
        from: Some(first_of_year(query.from)),
        to: Some(query.to),
        ..Filter::default()
    };
    each(served, &filter, |position, _, statement| {
        let Body::Calendar(body) = statement.body() else { return Ok(()) };
        let flags = index::flags(served.store(), position)?;
        plans.push(PlannedYear {
            position,
            party: statement.header().iss.to_string(),
            year: body.year.get(),
            activities: match &body.planned {
                Planned::NilReturn => 0,
                Planned::Activities(all) => all.len() as u64,
            },
            corrected: flags.has(Status::Corrected),
            retracted: flags.has(Status::Retracted),
        });
        Ok(())
    })?;
    plans.sort_by(|one, other| {
        (one.year, &one.party, one.position).cmp(&(other.year, &other.party, other.position))
    });
    Ok(CalendarView { from: query.from, to: query.to, activities, plans, cut })
}

/// Shows `each` every record that matches, newest first; tells whether there were more than one view holds.
fn each(
    served: &Served,
    filter: &Filter,
    mut each: impl FnMut(u64, i64, &Statement) -> Result<(), CopyError>,
) -> Result<bool, CopyError> {
    let (mut before, mut seen) = (None, 0);
    loop {
        let found = query::search(served.store(), served.size(), filter, before, MAX_LIMIT)?;
        for position in &found.positions {
            let record = served.record(*position)?;
            each(*position, record.received, &record.statement)?;
        }
        seen += found.positions.len();
        match found.next {
            None => return Ok(false),
            Some(_) if seen >= MAX_ACTIVITIES => return Ok(true),
            next => before = next,
        }
    }
}
