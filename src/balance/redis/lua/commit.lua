-- Commits a group of accounts: each one is written if its document still has the expected version,
-- and each succeeds or fails by itself. All checks of an account come before its first write, and its
-- first write is one that Redis refuses when memory is short, so an account is written whole or not at all.
--
-- For each commit, one after another:
--   KEYS: the account document; the documents, wanted ones first; one key for each operation.
--   ARGV: shape    = wanted + 65536 * (values + 65536 * operations)
--                    wanted: how many documents to give back with the account in a conflict
--                    values: 0 = check only, else 1 + number of documents with a value below
--         expected = the version, empty when the account must not exist
--         the new account document (its version is its prefix), then a value for each document;
--         empty = leave the document as it is
--         for each operation: name of the command, number of arguments after the key, the arguments
--
-- Returns nothing when all were written or confirmed. Else, for each conflict: the index of the commit
-- from 0, the account document, and the wanted documents.
local version_width = 36
local chunk = 1000
local call, at, values = redis.call, KEYS, ARGV
local conflicts
local key, arg, index, last = 1, 1, 0, #ARGV

local function read_conflict(wanted)
  conflicts = conflicts or {}
  conflicts[#conflicts + 1] = index
  for from = key, key + wanted, chunk do
    local found = call('MGET', unpack(at, from, math.min(from + chunk - 1, key + wanted)))
    for i = 1, #found do
      conflicts[#conflicts + 1] = found[i]
    end
  end
end

local function write_many(count)
  local batch, size = { at[key], values[arg + 2] }, 2
  for i = 1, count do
    local value = values[arg + 2 + i]
    if value ~= '' then
      batch[size + 1], batch[size + 2] = at[key + i], value
      size = size + 2
      if size >= chunk then
        call('MSET', unpack(batch))
        batch, size = {}, 0
      end
    end
  end
  if size > 0 then
    call('MSET', unpack(batch))
  end
end

-- Most commits write the account and one session: that needs no table.
local function write_documents(count)
  local only
  for i = 1, count do
    if values[arg + 2 + i] ~= '' then
      if only then
        return write_many(count)
      end
      only = i
    end
  end
  if only then
    call('MSET', at[key], values[arg + 2], at[key + only], values[arg + 2 + only])
  else
    call('SET', at[key], values[arg + 2])
  end
end

while arg <= last do
  local shape = tonumber(values[arg])
  local wanted = shape % 65536
  shape = (shape - wanted) / 65536
  local documents = shape % 65536
  local operations = (shape - documents) / 65536
  local holds = call('GETRANGE', at[key], 0, version_width - 1) == values[arg + 1]
  if not holds then
    read_conflict(wanted)
  elseif documents > 0 then
    write_documents(documents - 1)
  end
  key = key + 1 + math.max(wanted, documents - 1)
  arg = arg + 2 + documents
  for _ = 1, operations do
    local count = tonumber(values[arg + 1])
    if holds then
      call(values[arg], at[key], unpack(values, arg + 2, arg + 1 + count))
    end
    key = key + 1
    arg = arg + 2 + count
  end
  index = index + 1
end
return conflicts
