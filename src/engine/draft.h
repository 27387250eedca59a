// The verb `init`: drafts a workspace from export files. Every guess is marked in the text and listed.
#pragma once

#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"

namespace weir::engine {

struct DraftOptions {
  std::vector<std::string> files;  // as the user named them
  std::string directory{"."};      // where weir.yaml will stand
  std::string workspace;           // its name; "" = by the directory
  std::string currency;            // "" = guessed
  std::string time_zone;           // "" = guessed
};

struct Guess {
  int line{0};       // of weir.yaml
  std::string what;  // "key of accounts"
  std::string why;
};

struct Draft {
  std::string text;                  // of weir.yaml
  std::vector<Guess> guesses;        // by line
  std::vector<std::string> remarks;  // what was left out, and what no file says
};

// Reads the files twice: once for their columns, once for what stands in them. Same files, same text.
[[nodiscard]] Result<Draft> draft_workspace(FileSystem& files, const DraftOptions& options);

}  // namespace weir::engine
