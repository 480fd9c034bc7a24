//! Layout and tuning of the database.
//!
//! Rows come in three kinds, and each wants something else:
//! entries, tiles and batches have keys that only grow, so their tables never overlap and compaction
//! moves them down without rewriting; facts and secondary keys come in any order and are merged in few,
//! wide steps (universal compaction), which writes each row about half as often as levels would; state
//! is a handful of rows overwritten all the time.

use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompactionStyle,
    DBCompressionType, DBRecoveryMode, LogLevel, Options, UniversalCompactOptions,
};

use crate::Space;

/// Column family of the entries. The default column family holds what [`super::meta`] describes.
pub(super) const ENTRIES: &str = "entries";
pub(super) const META: &str = rocksdb::DEFAULT_COLUMN_FAMILY_NAME;

const MIB: usize = 1024 * 1024;

/// Bounds on what a store takes, and how much it leaves free.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RocksOptions {
    /// Bytes of blocks, indexes and filters kept in memory.
    pub cache_bytes: usize,
    /// Bytes of recent writes kept in memory, over all column families.
    pub write_buffer_bytes: usize,
    /// Bytes of write-ahead log after which memory is flushed: what a crash makes the next open read.
    pub wal_bytes: u64,
    /// Table files held open.
    pub max_open_files: i32,
    /// Runs of facts and of secondary keys that may lie beside each other before they are merged, 2 or more. A read looks
    /// into every run; few of them make reads cheap and writes dear.
    pub max_runs: i32,
    /// An append that would leave less free room than this is refused with
    /// [`StoreError::Full`](crate::StoreError::Full) before anything is written, because a disk that
    /// runs full within a write leaves its outcome unknown.
    pub min_free_bytes: u64,
}

impl Default for RocksOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 32 * MIB,
            write_buffer_bytes: 64 * MIB,
            wal_bytes: 64 * MIB as u64,
            max_open_files: 256,
            max_runs: 9,
            min_free_bytes: 256 * MIB as u64,
        }
    }
}

pub(super) fn database(options: &RocksOptions) -> Options {
    let mut db = Options::default();
    db.set_paranoid_checks(true);
    // Whatever was synced must be there: only the record a crash cut short at the very end is dropped.
    db.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    db.set_track_and_verify_wals_in_manifest(true);
    db.set_max_total_wal_size(options.wal_bytes);
    db.set_db_write_buffer_size(options.write_buffer_bytes);
    db.set_max_open_files(options.max_open_files);
    // Opening reads the manifest and the log, not every table.
    db.set_skip_stats_update_on_db_open(true);
    db.set_max_background_jobs(2);
    db.set_bytes_per_sync(MIB as u64);
    // One writer at a time: nothing to run in parallel within a write.
    db.set_allow_concurrent_memtable_write(false);
    db.set_enable_write_thread_adaptive_yield(false);
    db.set_stats_dump_period_sec(0);
    db.set_stats_persist_period_sec(0);
    db.set_log_level(LogLevel::Warn);
    db.set_keep_log_file_num(4);
    db.set_max_log_file_size(MIB);
    db.set_max_manifest_file_size(4 * MIB);
    db
}

pub(super) fn column_families(options: &RocksOptions) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(options.cache_bytes);
    let share = options.write_buffer_bytes / 64;
    let named = |name: &str, options| ColumnFamilyDescriptor::new(name, options);
    let mut families =
        vec![named(META, growing(&cache, share, 4)), named(ENTRIES, growing(&cache, 24 * share, 16))];
    families.extend(Space::ALL.map(|space| {
        let options = match space {
            Space::Facts | Space::Views => merging(&cache, 12 * share, 8, options.max_runs),
            Space::By => merging(&cache, 16 * share, 16, options.max_runs),
            Space::Tiles | Space::State | Space::Forks => growing(&cache, 4 * share, 8),
        };
        named(space.name(), options)
    }));
    families
}

/// Keys that mostly grow.
fn growing(cache: &Cache, buffer: usize, block_kib: usize) -> Options {
    let mut family = family(buffer);
    family.set_compaction_style(DBCompactionStyle::Level);
    family.set_level_compaction_dynamic_level_bytes(true);
    family.set_block_based_table_factory(&table(cache, block_kib));
    family
}

/// Keys in any order.
fn merging(cache: &Cache, buffer: usize, block_kib: usize, max_runs: i32) -> Options {
    let mut family = family(buffer);
    family.set_compaction_style(DBCompactionStyle::Universal);
    let mut universal = UniversalCompactOptions::default();
    universal.set_min_merge_width(4.min(max_runs));
    universal.set_max_size_amplification_percent(200);
    family.set_universal_compaction_options(&universal);
    family.set_level_zero_file_num_compaction_trigger(max_runs.saturating_add(1));
    family.set_block_based_table_factory(&table(cache, block_kib));
    family
}

fn family(buffer: usize) -> Options {
    let mut family = Options::default();
    family.set_compression_type(DBCompressionType::None);
    family.set_write_buffer_size(buffer);
    family.set_max_write_buffer_number(3);
    family.set_target_file_size_base(128 * MIB as u64);
    // No row expires, so none is rewritten for its age.
    family.set_ttl(0);
    family.set_periodic_compaction_seconds(0);
    family
}

fn table(cache: &Cache, block_kib: usize) -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_format_version(6);
    table.set_block_cache(cache);
    table.set_block_size(block_kib * 1024);
    table.set_bloom_filter(10.0, false);
    // Indexes and filters are read through the cache, in parts, so that memory stays bounded however
    // large the log grows.
    table.set_cache_index_and_filter_blocks(true);
    table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    table.set_partition_filters(true);
    table.set_metadata_block_size(4096);
    table.set_pin_top_level_index_and_filter(true);
    table
}
