// Runs a test case: its events at their times, with a clock that is moved by hand, so that nothing
// waits and every timer fires exactly when it is due. Then again with other lanes, other batches
// and a restart in the middle, which must change nothing.
#pragma once

#include "app/test/case_file.hpp"

#include <string>
#include <vector>

namespace millrace {

struct CaseResult {
  std::vector<Difference> outputs;      // of all that was expected and happened
  std::vector<std::string> complaints;  // sentences about everything else that is not as expected

  bool passed() const;
};

// An error is a failure of the engine, not of the case. `laws`: also run the variants.
Result<CaseResult> run_case(const TestFile& file,
                            const TestCase& test,
                            const Registry& registry,
                            bool laws);

}  // namespace millrace
