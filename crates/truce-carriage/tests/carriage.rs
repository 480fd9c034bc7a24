//! Statements by QR code and by radio: there and back, whatever happens to the parts on the way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use std::path::Path;
use truce_carriage::{
    Assembly, CarriageError, Flaw, Form, MAX_CONTENT, MAX_INPUT, MAX_SETS, Parts, qr, radio, read,
};

/// The example of docs/spec/carriage.md: the 40 bytes 00, 01 ... 27.
fn example() -> Vec<u8> {
    (0..40).collect()
}

fn specification() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/carriage.md"))
        .unwrap()
}

/// Everything that `inputs` come to.
fn assemble<'a>(inputs: impl IntoIterator<Item = &'a str>) -> truce_carriage::Assembled {
    let mut assembly = Assembly::default();
    for input in inputs {
        assembly.add(read(input.as_bytes()).unwrap()).unwrap();
    }
    assembly.assembled()
}

#[test]
fn the_example_of_the_specification_is_what_this_code_writes() {
    let text = specification();
    for line in radio::lines(&example()).unwrap() {
        assert!(text.contains(&format!("{line}\n")), "{line}");
    }
    let code = qr::texts(&example(), qr::MOST_CHARACTERS).unwrap();
    assert_eq!(code.len(), 1);
    assert!(text.contains(&format!("{}\n", code[0])), "{}", code[0]);
}

#[test]
fn base45_is_that_of_rfc_9285() {
    // Section 4.3 and 4.4: "Hello!!", "base-45", "ietf!".
    for (plain, encoded) in
        [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")]
    {
        let text = &qr::texts(plain.as_bytes(), qr::MOST_CHARACTERS).unwrap()[0];
        assert_eq!(text.split('/').nth(4).unwrap(), encoded);
    }
}

#[test]
fn a_file_is_taken_as_it_is() {
    let statement = b"\xd2\x84 a statement".to_vec();
    let parts = read(&statement).unwrap();
    assert_eq!(parts, Parts { content: Some(statement), ..Parts::default() });
    assert_eq!(read(b""), Err(CarriageError::NotCarriage));
    assert_eq!(read(b"\xff\xfe"), Err(CarriageError::NotCarriage));
    assert_eq!(read(b"good morning\n"), Err(CarriageError::NotCarriage));
    let large = [&[0xd2, 0x84], vec![0; MAX_CONTENT - 1].as_slice()].concat();
    assert_eq!(read(&large), Err(CarriageError::TooLarge { found: MAX_CONTENT + 1 }));
    assert_eq!(read(&vec![b' '; MAX_INPUT + 1]), Err(CarriageError::InputTooLarge { found: MAX_INPUT + 1 }));
}

#[test]
fn a_radio_log_with_chatter_in_it_is_taken() {
    let lines = radio::lines(&example()).unwrap();
    let log = format!(
        "good morning\n\n {}\r\nsay again, over\n{}\n{}",
        lines[1].to_lowercase(),
        lines[0],
        lines[2].replace(' ', "")
    );
    let found = assemble([log.as_str()]);
    assert_eq!(found.contents, [example()]);
    let broken: Vec<_> = found.broken.iter().map(|b| (b.line, b.flaw, b.beginning.as_str())).collect();
    assert_eq!(broken, [(1, Flaw::NotAPart, "good morning"), (4, Flaw::NotAPart, "say again, over")]);
}

#[test]
fn a_statement_known_from_one_form_needs_no_parts_of_the_other() {
    let codes = qr::texts(&example(), qr::MOST_CHARACTERS).unwrap();
    let lines = radio::lines(&example()).unwrap();
    let found = assemble([codes[0].as_str(), lines[0].as_str()]);
    assert_eq!((found.contents, found.incomplete), (vec![example()], vec![]));
}

#[test]
fn two_statements_with_one_mark_are_told_apart() {
    // Radio marks have 16 bits: a pair that shares one is soon found.
    let mut seen = std::collections::HashMap::new();
    let (a, b) = (0_u32..)
        .find_map(|n| {
            let content = n.to_be_bytes().repeat(5);
            let mark = radio::lines(&content).unwrap()[0][..8].to_owned();
            seen.insert(mark, content.clone()).map(|earlier| (earlier, content))
        })
        .unwrap();
    let both = [radio::lines(&a).unwrap(), radio::lines(&b).unwrap()].concat();
    // The set holds two parts of each number. One combination is a statement; the other is found when it comes alone.
    let found = assemble(both.iter().map(String::as_str));
    assert_eq!(found.contents.len(), 2, "both");
    assert!(found.contents.contains(&a) && found.contents.contains(&b));
}

#[test]
fn parts_of_too_many_statements_are_refused() {
    let mut assembly = Assembly::default();
    let part = |n: usize| read(qr::texts(&n.to_be_bytes(), 200).unwrap()[0].as_bytes()).unwrap();
    for n in 0..MAX_SETS {
        assembly.add(part(n)).unwrap();
    }
    assembly.add(part(0)).unwrap();
    assert_eq!(assembly.add(part(MAX_SETS)), Err(CarriageError::TooManySets));
}

#[test]
fn limits_hold_at_the_limit() {
    let most = vec![7; MAX_CONTENT];
    let over = vec![7; MAX_CONTENT + 1];
    assert_eq!(qr::texts(&over, 4296), Err(CarriageError::TooLarge { found: MAX_CONTENT + 1 }));
    assert_eq!(radio::lines(&over), Err(CarriageError::TooLarge { found: MAX_CONTENT + 1 }));
    assert_eq!(qr::texts(&[], 4296), Err(CarriageError::Empty));
    assert_eq!(radio::lines(&[]), Err(CarriageError::Empty));
    assert_eq!(qr::texts(&most, 4297), Err(CarriageError::Characters { found: 4297 }));
    assert_eq!(qr::texts(&most, 199), Err(CarriageError::Characters { found: 199 }));
    assert_eq!(radio::lines(&most).unwrap().len(), radio::MOST_LINES);
    for limit in [200, 1000, 4296] {
        let texts = qr::texts(&most, limit).unwrap();
        assert!(texts.len() <= qr::MOST_PARTS && texts.iter().all(|text| text.len() <= limit), "{limit}");
        assert_eq!(assemble(texts.iter().map(String::as_str)).contents, [most.as_slice()]);
    }
    let lines = radio::lines(&most).unwrap();
    assert_eq!(assemble(lines.iter().map(String::as_str)).contents, [most]);
}

#[test]
fn a_full_code_is_of_version_40() {
    // 1: 4296 - 39 of frame, in threes.
    let most = vec![0xff; (4296 - 37) / 3 * 2];
    let texts = qr::texts(&most, 4296).unwrap();
    assert_eq!((texts.len(), qr::version(&texts[0])), (1, Ok(40)));
    assert_eq!(qr::texts(&[most.as_slice(), &[0, 0]].concat(), 4296).unwrap().len(), 2);
    assert_eq!(qr::version(&"A".repeat(4297)), Err(CarriageError::NotACode));
}

#[test]
fn codes_are_drawn() {
    let text = &qr::texts(&example(), 4296).unwrap()[0];
    let side = 17 + 4 * usize::from(qr::version(text).unwrap()) + 8;
    let svg = qr::svg(text).unwrap();
    assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", 4 * side)), "{svg}");
    let terminal = qr::terminal(text).unwrap();
    assert_eq!(terminal.lines().count(), side.div_ceil(2));
    assert!(terminal.lines().all(|line| line.chars().count() == side));
}

/// Another program reads from the picture what we put into it.
#[test]
fn codes_are_read_by_a_decoder_that_is_not_ours() {
    let content: Vec<u8> = (0..700_u32).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
    for text in qr::texts(&content, 700).unwrap() {
        let picture: Vec<Vec<char>> =
            qr::terminal(&text).unwrap().lines().map(|l| l.chars().collect()).collect();
        // Three pixels for each module; light blocks are drawn, dark ones left out.
        let (width, height) = (picture[0].len() * 3, picture.len() * 6);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            let light = match picture[y / 6][x / 3] {
                '█' => true,
                '▀' => (y / 3) % 2 == 0,
                '▄' => (y / 3) % 2 == 1,
                _ => false,
            };
            if light { 255 } else { 0 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].decode().unwrap().1, text);
    }
}

/// Every way to miswrite one character of a line, and to swap two neighbours.
#[test]
fn every_single_error_in_a_radio_line_is_found() {
    let content: Vec<u8> = (0..100_u32).map(|n| u8::try_from(n * 37 % 256).unwrap()).collect();
    let lines = radio::lines(&content).unwrap();
    let letters: Vec<char> = "0123456789ABCDEFGOITRZ/:-. \n".chars().collect();
    let mut tried = 0;
    for line in &lines {
        let right = read(line.as_bytes()).unwrap().parts;
        let same = |text: &str| {
            text.chars().filter(|c| !c.is_whitespace()).eq(line.chars().filter(|c| !c.is_whitespace()))
        };
        let mut check = |wrong: String| {
            if same(&wrong) && !wrong.contains('\n') {
                return;
            }
            let found = read(wrong.as_bytes()).map_or_else(|_| Vec::new(), |parts| parts.parts);
            assert!(found.is_empty() || found == right, "{wrong} passes for another part than {line}");
            assert!(found.is_empty() || wrong.contains('\n'), "{wrong} passes for {line}");
            tried += 1;
        };
        let characters: Vec<char> = line.chars().collect();
        for at in 0..=characters.len() {
            for letter in &letters {
                let mut added = characters.clone();
                added.insert(at, *letter);
                check(added.into_iter().collect());
                if at < characters.len() && characters[at] != *letter {
                    let mut changed = characters.clone();
                    changed[at] = *letter;
                    check(changed.into_iter().collect());
                }
            }
            if at < characters.len() {
                let mut missing = characters.clone();
                missing.remove(at);
                check(missing.into_iter().collect());
            }
            if at + 1 < characters.len() {
                let mut swapped = characters.clone();
                swapped.swap(at, at + 1);
                check(swapped.into_iter().collect());
            }
        }
    }
    assert!(tried > 20_000, "{tried}");
}

/// Content, its parts in one form, and what is lost, repeated and moved on the way.
fn journey() -> impl Strategy<Value = (Vec<u8>, Vec<String>, Vec<bool>, u64)> {
    (
        prop::collection::vec(any::<u8>(), 1..1500),
        prop_oneof![Just(None), (200..900_usize).prop_map(Some)],
        any::<u64>(),
    )
        .prop_flat_map(|(content, limit, seed)| {
            let parts = match limit {
                Some(limit) => qr::texts(&content, limit).unwrap(),
                None => radio::lines(&content).unwrap(),
            };
            let n = parts.len();
            (Just(content), Just(parts), prop::collection::vec(prop::bool::weighted(0.95), n), Just(seed))
        })
}

/// The parts in an order that `seed` chooses, some of them twice, in either case, with other people's among them.
fn shuffled(parts: &[&String], seed: u64) -> Vec<String> {
    let mut state = seed | 1;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    let mut all: Vec<String> = parts.iter().map(|part| (*part).clone()).collect();
    for part in parts {
        match random() % 4 {
            0 => all.push((*part).clone()),
            1 => all.push(part.to_lowercase()),
            _ => {}
        }
    }
    let foreign = seed.to_be_bytes().repeat(30);
    all.extend(radio::lines(&foreign).unwrap().into_iter().skip(1));
    all.extend(qr::texts(&foreign, 200).unwrap().into_iter().skip(1));
    for i in (1..all.len()).rev() {
        all.swap(i, random() % (i + 1));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_come_back_or_the_missing_parts_are_named((content, parts, kept, seed) in journey()) {
        let arrived: Vec<&String> = parts.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(part, _)| part).collect();
        let lost: Vec<u16> = kept.iter().zip(1..).filter(|(kept, _)| !**kept).map(|(_, number)| number).collect();
        let inputs = shuffled(&arrived, seed);
        let found = assemble(inputs.iter().map(String::as_str));
        let of = u16::try_from(parts.len()).unwrap();
        let form = if parts[0].starts_with("TRUCE1/") { Form::Qr } else { Form::Radio };
        let ours: Vec<_> = found.incomplete.iter().filter(|i| i.set.of == of && i.set.form == form && parts[0].contains(&i.set.mark())).collect();
        if lost.is_empty() {
            prop_assert_eq!(found.contents, vec![content]);
            prop_assert!(ours.is_empty());
        } else {
            prop_assert!(found.contents.is_empty());
            if !arrived.is_empty() {
                prop_assert_eq!(ours.len(), 1);
                prop_assert_eq!(&ours[0].missing, &lost);
            }
        }
        prop_assert!(found.broken.is_empty());
    }

    #[test]
    fn one_wrong_character_in_a_code_is_found(content in prop::collection::vec(any::<u8>(), 1..400), at in any::<prop::sample::Index>(), letter in "[0-9A-Z $%*+./:-]") {
        let text = qr::texts(&content, 4296).unwrap().remove(0);
        let at = at.index(text.len());
        let wrong = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
        prop_assume!(wrong != text);
        prop_assert!(read(wrong.as_bytes()).map_or(true, |parts| parts.parts.is_empty()));
    }

    /// Lines whose checksum is right, and whose fields are anything: answered, and what is taken has that one spelling.
    #[test]
    fn fields_behind_a_right_checksum_are_checked(mark in "[0-9A-F]{14,18}", number in "[0-9]{1,3}", of in "[0-9]{1,3}", encoded in "[0-9A-Z $%*+./:-]{0,40}") {
        let body = format!("TRUCE1/{mark}/{number}/{of}/{encoded}");
        let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(body.as_bytes());
        if let Ok(found) = read(format!("{body}/{checksum:08X}").as_bytes()) {
            for part in found.parts {
                prop_assert_eq!(part.set.mark(), mark.as_str());
                prop_assert!(part.number >= 1 && part.number <= part.set.of && number.len() == of.len());
            }
        }
    }

    #[test]
    fn groups_behind_a_right_checksum_are_checked(mark in "[0-9A-F]{3,5}", number in "[0-9]{1,3}", of in "[0-9]{1,3}", groups in "[0-9A-FG]{0,40}") {
        let body = format!("TR1{mark}{number}/{of}:{groups}");
        let checksum = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740).checksum(body.as_bytes());
        if let Ok(found) = read(format!("{body}:{checksum:04X}").as_bytes()) {
            for part in found.parts {
                // No sign stands between mark and number: whatever is behind four digits is the number.
                let digits = mark.len() + number.len() - 4;
                prop_assert!(part.number >= 1 && part.number <= part.set.of && digits == of.len());
                prop_assert!(groups.len() == 32 || (part.number == part.set.of && groups.len() % 2 == 0));
            }
        }
    }

    #[test]
    fn any_input_is_answered(input in prop::collection::vec(any::<u8>(), 0..400), text in "(TR1|TRUCE1/)[0-9A-F/: ]{0,80}") {
        let _ = read(&input);
        let _ = read(text.as_bytes());
    }
}
