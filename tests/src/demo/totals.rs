//! The ledger's figures against the files': once read back from the ledger through `truce list --bodies`, once
//! computed from the files with nothing but a JSON and a line reader.

use super::Step;
use super::truce::Truce;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Sums = BTreeMap<String, i64>;

pub(super) fn compare(truce: &Truce, data: &Path) -> Step<()> {
    let (ledger, files) = (from_ledger(truce)?, from_files(data)?);
    println!("   {:<52} {:>10} {:>10}", "", "ledger", "files");
    for (what, expected) in &files {
        let found = ledger.get(what).copied().unwrap_or(0);
        println!("   {what:<52} {found:>10} {expected:>10}");
    }
    if ledger == files {
        return Ok(());
    }
    let differ: Vec<_> = ledger.iter().filter(|(what, n)| files.get(*what) != Some(n)).collect();
    Err(format!("the ledger's totals are not those of the files: {differ:?}"))
}

fn from_ledger(truce: &Truce) -> Step<Sums> {
    let mut sums = Sums::new();
    let mut add = |what: &str, n: i64| *sums.entry(what.to_owned()).or_default() += n;
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    for kind in ["report", "observation", "restriction", "weapons", "harm"] {
        let list = truce.json(&["list", "ledger", "--kind", kind, "--bodies"])?;
        for statement in list["statements"].as_array().ok_or("no list of statements")? {
            let (body, party) = (&statement["body"], statement["party"].as_str().unwrap_or_default());
            // Items of daily reports come in several kinds; one line of the file became one statement.
            let item = kind != "report" && source(body).contains("Daily Report");
            match kind {
                _ if item => add("report items", 1),
                "report" => {
                    add("reports", 1);
                    for region in body["regions"].as_array().into_iter().flatten() {
                        add("region totals", 1);
                        add("violations in region totals", number(&region["violations"]));
                        add("explosions in region totals", number(&region["explosions"]));
                        add("violations of the period before", number(&region["previous"]));
                    }
                }
                "observation" if body["what"] == "uav-lost" && source(body).contains("401678") => {}
                "observation" => {
                    add("violation rows", 1);
                    add("violations in violation rows", number(&body["count"]["n"]));
                }
                "restriction" => {
                    add("restrictions", 1);
                    add("people restricted", number(&body["people"]));
                    add("minutes of delay as printed", number(&body["delay_printed_min"]));
                }
                "weapons" => {
                    add("weapons rows", 1);
                    add("weapons counted", number(&body["count"]["n"]));
                }
                "harm" if party == "civil" => {
                    add("UCDP events", 1);
                    for (column, field) in
                        [("best", "best"), ("high", "high"), ("low", "low"), ("civilians", "civilians")]
                    {
                        add(&format!("UCDP deaths, {column}"), number(&body["deaths"][field]));
                    }
                }
                other => return Err(format!("a {other} that is in none of the files")),
            }
        }
    }
    Ok(sums)
}

fn source(body: &Value) -> &str {
    body["source"].as_str().unwrap_or_default()
}

fn from_files(data: &Path) -> Step<Sums> {
    let mut sums = Sums::new();
    let mut add = |what: &str, n: i64| *sums.entry(what.to_owned()).or_default() += n;
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap_or(0);
    let mut reports = std::collections::BTreeSet::new();
    for row in rows(data, "smm_daily_region_totals.jsonl")? {
        reports.insert(row["report_no"].as_str().unwrap_or_default().to_owned());
        add("region totals", 1);
        add("violations in region totals", number(&row, "violations"));
        add("explosions in region totals", number(&row, "explosions"));
        add("violations of the period before", number(&row, "previous_violations"));
    }
    add("reports", i64::try_from(reports.len()).unwrap_or(0));
    for row in rows(data, "smm_violation_rows.jsonl")? {
        add("violation rows", 1);
        add("violations in violation rows", number(&row, "number"));
    }
    for row in rows(data, "smm_access_restrictions.jsonl")? {
        add("restrictions", 1);
        add("people restricted", number(&row, "people"));
        add("minutes of delay as printed", number(&row, "delay_minutes"));
    }
    for row in rows(data, "smm_weapons.jsonl")? {
        add("weapons rows", 1);
        add("weapons counted", number(&row, "number"));
    }
    add("report items", i64::try_from(rows(data, "smm_report_items.jsonl")?.len()).unwrap_or(0));
    let table = read(data, "ucdp_ged_22_1_ukraine_2015.csv")?;
    let mut lines = table.lines().map(cells);
    let head = lines.next().ok_or("an empty table")?;
    let column = |name: &str| head.iter().position(|cell| cell == name).ok_or(format!("no column {name}"));
    let columns = [
        ("best", column("best")?),
        ("high", column("high")?),
        ("low", column("low")?),
        ("civilians", column("deaths_civilians")?),
    ];
    for row in lines {
        add("UCDP events", 1);
        for (name, at) in columns {
            let n: i64 = row.get(at).and_then(|cell| cell.parse().ok()).ok_or("a figure is missing")?;
            add(&format!("UCDP deaths, {name}"), n);
        }
    }
    Ok(sums)
}

fn rows(data: &Path, name: &str) -> Step<Vec<Value>> {
    read(data, name)?
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|e| format!("{name}: {e}")))
        .collect()
}

fn read(data: &Path, name: &str) -> Step<String> {
    fs::read_to_string(data.join(name)).map_err(|e| format!("{name}: {e}"))
}

/// The cells of one line of a CSV table; quotes may enclose commas.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().expect("never empty").push(c),
        }
    }
    cells
}
