// A segment file of any bytes: the journal opens, reads to its end, verifies, is repaired and goes
// on.
#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/journal/format.hpp"
#include "engine/journal/inspect.hpp"
#include "engine/journal/journal.hpp"
#include "tests/support/faulty_files.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {
namespace {

// Follows the journal to its end; payloads must be readable with their padding.
Position read_to_end(const Journal& journal) {
  JournalReader reader = journal.reader(0);
  RecordBatch batch;
  Position expected = 0;
  std::uint64_t sum = 0;
  do {
    CHECK(reader.next(batch).ok());
    expected += batch.gap.count;
    for (const Record& record : batch.records) {
      CHECK(record.position == expected++);
      for (std::size_t i = 0; i < record.payload.size() + kPayloadPadding; ++i)
        sum += static_cast<unsigned char>(record.payload.data()[i]);
    }
  } while (!batch.empty());
  CHECK(sum != 1);  // keeps the reads
  return expected;
}

// Mutated hashes would never fit: the headers of half of the inputs are made to, so that what lies
// behind them is reached.
std::string with_good_hashes(std::string bytes) {
  if (bytes.size() < kSegmentHeaderBytes + kGroupHeaderBytes) return bytes;
  std::string stored = bytes.substr(kSegmentHeaderBytes + kGroupHeaderBytes);
  const std::uint64_t salt = segment_salt(stored, 0);
  write_segment_header({0, from_millis(0), salt}, bytes.data());
  GroupHeader header;
  header.codec = static_cast<Codec>(static_cast<unsigned char>(bytes[kSegmentHeaderBytes]) % 3);
  header.records = static_cast<unsigned char>(bytes[kSegmentHeaderBytes + 1]) % 16 + 1;
  header.raw = static_cast<std::uint32_t>(stored.size()) +
               static_cast<unsigned char>(bytes[kSegmentHeaderBytes + 2]);
  header.stored = static_cast<std::uint32_t>(stored.size());
  header.stored_hash = hash64(stored, salt);
  write_group_header(header, salt, bytes.data() + kSegmentHeaderBytes);
  return bytes;
}

void open_read_and_repair(std::string bytes) {
  testing::FaultyFiles files;
  CHECK(files.make_directory("j").ok());
  files.set_contents("j/" + segment_name(0), std::move(bytes));
  CHECK(inspect(files, "j").ok());
  Position end = 0;
  {
    auto journal = Journal::open(files, "j", {});
    if (!journal.ok()) return;  // a newer version
    end = (*journal)->end();
    CHECK(read_to_end(**journal) == end);
    CHECK((*journal)->append({RecordKind::kTick, from_millis(0), "more"}).ok());
    CHECK((*journal)->commit().ok());
  }
  CHECK(repair(files, "j").ok());
  CHECK(verify(files, "j")->sound());
  auto journal = Journal::open(files, "j", {});
  CHECK(journal.ok() && read_to_end(**journal) == end + 1);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  millrace::open_read_and_repair(bytes);
  millrace::open_read_and_repair(millrace::with_good_hashes(bytes));
  return 0;
}
