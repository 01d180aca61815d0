/** Schema 1. Released: it is never changed again, only followed by another migration. */
export const first = `
CREATE TABLE uploads (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'assembling', 'completed', 'failed', 'cancelled', 'expired')),
  filename TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size_bytes INTEGER,
  last_modified TEXT,
  metadata TEXT NOT NULL,
  evidence TEXT NOT NULL,
  priority TEXT NOT NULL,
  bundle TEXT,
  sealed INTEGER NOT NULL,
  received_chunks INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  completed_at INTEGER,
  ended_at INTEGER,
  deleted_at INTEGER,
  digest TEXT,
  sha256 TEXT,
  failure TEXT,
  bytes_in TEXT NOT NULL CHECK (bytes_in IN ('none', 'blobs', 'ledger'))
) STRICT;

CREATE INDEX uploads_under_way ON uploads (state, last_activity_at) WHERE state IN ('active', 'assembling');
CREATE INDEX uploads_active_by_name ON uploads (owner, filename) WHERE state = 'active';
CREATE INDEX uploads_files ON uploads (owner) WHERE state = 'completed' AND deleted_at IS NULL;
CREATE INDEX uploads_awaiting_removal ON uploads (ended_at)
  WHERE bytes_in <> 'none' AND (state IN ('failed', 'cancelled', 'expired') OR deleted_at IS NOT NULL);
CREATE INDEX uploads_tombstones ON uploads (ended_at)
  WHERE bytes_in = 'none' AND (state IN ('failed', 'cancelled', 'expired') OR deleted_at IS NOT NULL);

CREATE TABLE receipts (
  upload INTEGER NOT NULL REFERENCES uploads (key),
  chunk INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  PRIMARY KEY (upload, chunk)
) STRICT, WITHOUT ROWID;

CREATE TABLE prefixes (
  upload INTEGER NOT NULL REFERENCES uploads (key),
  chunk INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  PRIMARY KEY (upload, chunk)
) STRICT, WITHOUT ROWID;

CREATE TABLE damages (
  upload INTEGER NOT NULL REFERENCES uploads (key),
  chunk INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (upload, chunk)
) STRICT, WITHOUT ROWID;

CREATE TABLE tree_nodes (
  upload INTEGER NOT NULL REFERENCES uploads (key),
  chunk_group INTEGER NOT NULL,
  root BLOB NOT NULL,
  PRIMARY KEY (upload, chunk_group)
) STRICT, WITHOUT ROWID;

CREATE TABLE small_bodies (
  upload INTEGER PRIMARY KEY REFERENCES uploads (key),
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE idempotency (
  owner TEXT NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  upload INTEGER NOT NULL REFERENCES uploads (key),
  PRIMARY KEY (owner, route, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_upload ON idempotency (upload);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  upload INTEGER NOT NULL REFERENCES uploads (key),
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_upload ON events (upload);

-- Sums per owner, kept by the triggers below, so that asking for them costs the same with ten files and a million.
CREATE TABLE totals (
  owner TEXT PRIMARY KEY,
  active_uploads INTEGER NOT NULL,
  files INTEGER NOT NULL,
  file_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER uploads_inserted AFTER INSERT ON uploads BEGIN
  INSERT INTO totals VALUES (
    new.owner,
    new.state = 'active',
    new.state = 'completed' AND new.deleted_at IS NULL,
    iif(new.state = 'completed' AND new.deleted_at IS NULL, coalesce(new.size_bytes, 0), 0)
  )
  ON CONFLICT (owner) DO UPDATE SET
    active_uploads = active_uploads + excluded.active_uploads,
    files = files + excluded.files,
    file_bytes = file_bytes + excluded.file_bytes;
END;

CREATE TRIGGER uploads_updated AFTER UPDATE OF state, size_bytes, deleted_at ON uploads BEGIN
  UPDATE totals SET
    active_uploads = active_uploads + (new.state = 'active') - (old.state = 'active'),
    files = files
      + (new.state = 'completed' AND new.deleted_at IS NULL)
      - (old.state = 'completed' AND old.deleted_at IS NULL),
    file_bytes = file_bytes
      + iif(new.state = 'completed' AND new.deleted_at IS NULL, coalesce(new.size_bytes, 0), 0)
      - iif(old.state = 'completed' AND old.deleted_at IS NULL, coalesce(old.size_bytes, 0), 0)
  WHERE owner = new.owner;
END;

CREATE TRIGGER uploads_deleted AFTER DELETE ON uploads BEGIN
  UPDATE totals SET
    active_uploads = active_uploads - (old.state = 'active'),
    files = files - (old.state = 'completed' AND old.deleted_at IS NULL),
    file_bytes = file_bytes
      - iif(old.state = 'completed' AND old.deleted_at IS NULL, coalesce(old.size_bytes, 0), 0)
  WHERE owner = old.owner;
END;
`;
