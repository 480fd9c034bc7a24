//! `tree.json`: RFC 6962 roots, inclusion and consistency proofs, and proofs that must not be believed.

use super::{Judged, bytes, error_word, number, text};
use serde_json::{Value, json};
use truce_tlog::{
    Hash, HashSource, consistency_proof, inclusion_proof, leaf_hash, node_hash, tree_root,
    verify_consistency, verify_inclusion,
};

/// Leaves of the largest tree.
const LEAVES: u64 = 65_793;

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    let tree = Tree::new(LEAVES);
    let sizes: Vec<u64> =
        (0..=20).chain([255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, LEAVES]).collect();
    let roots: Vec<Value> =
        sizes.iter().map(|size| json!({ "size": size, "root": tree.root(*size).to_string() })).collect();
    let small = (1..=20).flat_map(|size| (0..size).map(move |index| (index, size)));
    let large = [
        (0, 255),
        (254, 255),
        (0, 256),
        (127, 256),
        (128, 256),
        (255, 256),
        (0, 257),
        (255, 257),
        (256, 257),
        (511, 513),
        (512, 513),
        (0, 65_536),
        (65_535, 65_536),
        (0, 65_537),
        (32_768, 65_537),
        (65_536, 65_537),
        (65_535, LEAVES),
        (65_792, LEAVES),
    ];
    let inclusion: Vec<Value> =
        small.chain(large).map(|(index, size)| tree.inclusion(index, size).json("accepted")).collect();
    let small = (0..=20).flat_map(|new| (0..=new).map(move |old| (old, new)));
    let large = [
        (1, 256),
        (128, 256),
        (255, 256),
        (255, 257),
        (256, 257),
        (257, 257),
        (256, 513),
        (512, 513),
        (1, 65_536),
        (65_535, 65_536),
        (65_535, 65_537),
        (65_536, 65_537),
        (65_536, LEAVES),
        (65_792, LEAVES),
    ];
    let consistency: Vec<Value> =
        small.chain(large).map(|(old, new)| tree.consistency(old, new).json("accepted")).collect();
    json!({
        "what": "RFC 6962 section 2.1 with SHA-256. Leaf i is the 8 bytes of i, big-endian.",
        "roots": roots,
        "inclusion": { "accepted": inclusion, "refused": bad_inclusions(&tree) },
        "consistency": { "accepted": consistency, "refused": bad_consistencies(&tree) },
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let tree = Tree::new(LEAVES);
    let mut all = Vec::new();
    for vector in file["roots"].as_array().expect("a list") {
        let size = number(&vector["size"]);
        let found = tree_root(&tree, size).expect("in the tree").to_string();
        all.push(Judged::new(&json!({ "name": format!("root-of-{size}") }), text(&vector["root"]), found));
    }
    for vector in proofs(&file["inclusion"]) {
        let leaf = leaf_hash(&bytes(&vector["leaf"]));
        let (index, size) = (number(&vector["index"]), number(&vector["size"]));
        let found = verify_inclusion(index, size, &leaf, &path(vector), &hash(&vector["root"]));
        all.push(Judged::of(vector, &found.map_err(|e| error_word(&e))));
    }
    for vector in proofs(&file["consistency"]) {
        let (old, new) = (number(&vector["old_size"]), number(&vector["new_size"]));
        let roots = (hash(&vector["old_root"]), hash(&vector["new_root"]));
        let found = verify_consistency(old, &roots.0, new, &roots.1, &path(vector));
        all.push(Judged::of(vector, &found.map_err(|e| error_word(&e))));
    }
    all
}

fn proofs(part: &Value) -> impl Iterator<Item = &Value> {
    ["accepted", "refused"].into_iter().flat_map(|which| part[which].as_array().expect("a list"))
}

fn hash(value: &Value) -> Hash {
    text(value).parse().expect("a hash")
}

fn path(vector: &Value) -> Vec<Hash> {
    vector["path"].as_array().expect("a list").iter().map(hash).collect()
}

/// Every level of perfect subtrees.
struct Tree(Vec<Vec<Hash>>);

impl HashSource for Tree {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        let level = self.0.get(usize::from(level)).ok_or(())?;
        level.get(usize::try_from(index).map_err(|_| ())?).copied().ok_or(())
    }
}

impl Tree {
    fn new(leaves: u64) -> Self {
        let mut levels = vec![(0..leaves).map(|n| leaf_hash(&n.to_be_bytes())).collect::<Vec<_>>()];
        while levels.last().expect("a level").len() > 1 {
            let below = levels.last().expect("a level");
            levels.push(below.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        Self(levels)
    }

    fn root(&self, size: u64) -> Hash {
        tree_root(self, size).expect("in the tree")
    }

    fn inclusion(&self, index: u64, size: u64) -> Inclusion {
        Inclusion {
            name: format!("leaf-{index}-of-{size}"),
            index,
            size,
            leaf: index.to_be_bytes().to_vec(),
            path: inclusion_proof(self, index, size).expect("in the tree"),
            root: self.root(size),
        }
    }

    fn consistency(&self, old: u64, new: u64) -> Consistency {
        Consistency {
            name: format!("{old}-before-{new}"),
            old,
            new,
            path: consistency_proof(self, old, new).expect("in the tree"),
            roots: (self.root(old), self.root(new)),
        }
    }
}

#[derive(Clone)]
struct Inclusion {
    name: String,
    index: u64,
    size: u64,
    leaf: Vec<u8>,
    path: Vec<Hash>,
    root: Hash,
}

impl Inclusion {
    fn json(&self, verdict: &str) -> Value {
        let mut vector = json!({
            "name": self.name,
            "index": self.index,
            "size": self.size,
            "leaf": hex::encode(&self.leaf),
            "path": strings(&self.path),
            "root": self.root.to_string(),
        });
        if verdict != "accepted" {
            vector["code"] = verdict.into();
        }
        vector
    }
}

#[derive(Clone)]
struct Consistency {
    name: String,
    old: u64,
    new: u64,
    path: Vec<Hash>,
    roots: (Hash, Hash),
}

impl Consistency {
    fn json(&self, verdict: &str) -> Value {
        let mut vector = json!({
            "name": self.name,
            "old_size": self.old,
            "new_size": self.new,
            "path": strings(&self.path),
            "old_root": self.roots.0.to_string(),
            "new_root": self.roots.1.to_string(),
        });
        if verdict != "accepted" {
            vector["code"] = verdict.into();
        }
        vector
    }
}

fn strings(path: &[Hash]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

fn other(hash: &Hash) -> Hash {
    let mut bytes = hash.to_bytes();
    bytes[0] ^= 1;
    Hash::from_bytes(bytes)
}

fn bad_inclusions(tree: &Tree) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, good: &Inclusion, spoil: &dyn Fn(&mut Inclusion)| {
        let mut bad = Inclusion { name: name.to_owned(), ..good.clone() };
        spoil(&mut bad);
        all.push(bad.json(code));
    };
    let good = tree.inclusion(5, 13);
    for i in 0..good.path.len() {
        add(&format!("hash-{i}-altered"), "root-mismatch", &good, &|p| p.path[i] = other(&p.path[i]));
        add(&format!("hash-{i}-left-out"), "too-few-hashes", &good, &|p| {
            p.path.remove(i);
        });
    }
    add("hashes-swapped", "root-mismatch", &good, &|p| p.path.swap(0, 1));
    add("path-reversed", "root-mismatch", &good, &|p| p.path.reverse());
    add("one-hash-too-many", "too-many-hashes", &good, &|p| p.path.push(p.root));
    add("other-leaf", "root-mismatch", &good, &|p| p.leaf = 6_u64.to_be_bytes().to_vec());
    add("other-index", "root-mismatch", &good, &|p| p.index = 4);
    add("other-root", "root-mismatch", &good, &|p| p.root = other(&p.root));
    add("root-of-another-size", "root-mismatch", &good, &|p| p.root = tree.root(12));
    add("index-is-the-size", "index-out-of-range", &good, &|p| p.index = 13);
    add("empty-path", "too-few-hashes", &good, &|p| p.path.clear());
    add("size-of-a-smaller-tree-of-other-height", "too-many-hashes", &good, &|p| p.size = 8);
    let alone = tree.inclusion(0, 1);
    add("leaf-alone-with-a-path", "too-many-hashes", &alone, &|p| p.path.push(p.root));
    add("empty-tree", "index-out-of-range", &alone, &|p| {
        p.size = 0;
        p.root = tree.root(0);
    });
    // A node passed off as a leaf: its hash is not that of any leaf.
    add("node-as-leaf", "root-mismatch", &tree.inclusion(0, 2), &|p| {
        p.leaf = [leaf_hash(&p.leaf).to_bytes(), p.path[0].to_bytes()].concat();
        p.path.clear();
        p.size = 1;
    });
    add("leaf-before-the-edge", "root-mismatch", &tree.inclusion(65_535, 65_537), &|p| p.index = 65_534);
    add("path-of-64-hashes", "path-too-long", &good, &|p| p.path = vec![p.root; 64]);
    all
}

fn bad_consistencies(tree: &Tree) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, good: &Consistency, spoil: &dyn Fn(&mut Consistency)| {
        let mut bad = Consistency { name: name.to_owned(), ..good.clone() };
        spoil(&mut bad);
        all.push(bad.json(code));
    };
    let good = tree.consistency(6, 13);
    for i in 0..good.path.len() {
        add(&format!("hash-{i}-altered"), "root-mismatch", &good, &|p| p.path[i] = other(&p.path[i]));
    }
    add("last-hash-left-out", "too-few-hashes", &good, &|p| p.path.truncate(3));
    add("hashes-swapped", "root-mismatch", &good, &|p| p.path.swap(1, 2));
    add("one-hash-too-many", "too-many-hashes", &good, &|p| p.path.push(p.roots.1));
    add("other-old-root", "root-mismatch", &good, &|p| p.roots.0 = other(&p.roots.0));
    add("other-new-root", "root-mismatch", &good, &|p| p.roots.1 = other(&p.roots.1));
    add("roots-exchanged", "root-mismatch", &good, &|p| p.roots = (p.roots.1, p.roots.0));
    add("sizes-exchanged", "sizes-reversed", &good, &|p| (p.old, p.new) = (p.new, p.old));
    add("other-old-size", "too-few-hashes", &good, &|p| p.old = 5);
    add("empty-path", "too-few-hashes", &good, &|p| p.path.clear());
    let power = tree.consistency(8, 13);
    add("old-root-of-a-perfect-tree-altered", "root-mismatch", &power, &|p| p.roots.0 = other(&p.roots.0));
    add("old-root-of-a-perfect-tree-in-the-path", "too-many-hashes", &power, &|p| {
        p.path.insert(0, p.roots.0);
    });
    let same = tree.consistency(7, 7);
    add("same-size-other-root", "root-mismatch", &same, &|p| p.roots.1 = tree.root(8));
    add("same-size-with-a-path", "too-many-hashes", &same, &|p| p.path.push(p.roots.0));
    let empty = tree.consistency(0, 7);
    add("from-nothing-with-a-path", "too-many-hashes", &empty, &|p| p.path.push(p.roots.1));
    add("from-nothing-with-another-empty-root", "root-mismatch", &empty, &|p| p.roots.0 = other(&p.roots.0));
    add("path-of-64-hashes", "path-too-long", &good, &|p| p.path = vec![p.roots.0; 64]);
    all
}
