// Gzip members made in memory, for tests.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "base/check.h"

namespace weir::ingest {

inline std::string gzip_of(std::string_view bytes) {
  z_stream stream{};
  WEIR_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
             "zlib starts");
  std::string input(bytes);
  std::string packed(deflateBound(&stream, input.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  WEIR_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "the bound of zlib holds");
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace weir::ingest
