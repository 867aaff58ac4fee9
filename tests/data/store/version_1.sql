-- A file as version 1 made it. Do not change: such files lie on disks.
PRAGMA application_id = 1381190723; -- 'RSLC'
PRAGMA user_version = 1;
CREATE TABLE settings (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);
CREATE TABLE circuits (
  name TEXT NOT NULL PRIMARY KEY,
  provider TEXT NOT NULL,
  settings INTEGER NOT NULL,
  state INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  successes INTEGER NOT NULL,
  reopened INTEGER NOT NULL,
  isolation INTEGER NOT NULL,
  disabled_by_hand INTEGER NOT NULL,
  remaining INTEGER NOT NULL,
  saved_at INTEGER NOT NULL,
  open_until INTEGER,
  opened_at INTEGER,
  failed_at INTEGER,
  last_failure TEXT,
  calls INTEGER NOT NULL,
  calls_succeeded INTEGER NOT NULL,
  calls_failed INTEGER NOT NULL,
  calls_rejected INTEGER NOT NULL,
  calls_neutral INTEGER NOT NULL,
  calls_late INTEGER NOT NULL,
  calls_expired INTEGER NOT NULL,
  late_answers INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  times_opened INTEGER NOT NULL,
  transitions INTEGER NOT NULL,
  latency BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  name TEXT NOT NULL,
  from_state INTEGER NOT NULL,
  to_state INTEGER NOT NULL,
  cause INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  last_failure TEXT NOT NULL,
  settings INTEGER NOT NULL
);
CREATE INDEX history_by_name ON history (name, id);
INSERT INTO settings (id, text) VALUES
  (1, '{"cooldown_growth":1.0,"cooldown_jitter":0.0,"cooldown_seconds":30,"failure_threshold":5,"half_open_max_calls":3,"lease_seconds":60,"max_cooldown_seconds":3600,"success_threshold":2,"window":null}'),
  (2, '{"cooldown_growth":1.0,"cooldown_jitter":0.0,"cooldown_seconds":30,"failure_threshold":7,"half_open_max_calls":3,"lease_seconds":60,"max_cooldown_seconds":3600,"success_threshold":2,"window":{"failure_rate_threshold":50.0,"kind":"count","minimum_calls":10,"slow_call_duration_seconds":60,"slow_call_rate_threshold":100.0,"window_size":20}}');
INSERT INTO circuits (
  name, provider, settings, state, generation, failures, successes,
  reopened, isolation, disabled_by_hand, remaining, saved_at, open_until,
  opened_at, failed_at, last_failure, calls, calls_succeeded, calls_failed,
  calls_rejected, calls_neutral, calls_late, calls_expired, late_answers,
  dropped, times_opened, transitions, latency
) VALUES (
  'payments', 'acme', 2, 1, 4, 7, 0, 1, 0, 0, 12000000000,
  1767312000000000000, 1767312012000000000, 1767311982000000000,
  1767311982000000000, 'connection refused', 110, 90, 20, 30, 1, 2, 3, 4, 5,
  2, 3, x'1a0001800102'
), (
  'search', '', 0, 4, 1, 0, 0, 0, 0, 1, 0, 1767312000000000000, NULL, NULL,
  NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, x'00'
);
INSERT INTO history (id, at, name, from_state, to_state, cause, generation,
  failures, last_failure, settings) VALUES
  (1, 1767311900000000000, 'payments', 0, 1, 0, 2, 7, 'timed out', 1),
  (2, 1767311930000000000, 'payments', 1, 2, 2, 3, 0, '', 2),
  (7, 1767311982000000000, 'payments', 2, 1, 1, 4, 7, 'connection refused', 2);
