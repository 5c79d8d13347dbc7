// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The errors of a library that have others inside of them: an array of {@code struct error_wrapper}
 * in its layout.
 *
 * @param array the array's name; its length is that of the list
 */
record ErrorWrappers(String array, List<Wrapper> types) {

  /**
   * @param type as it is an error: with a star in front, if pointers to it are
   * @param inner the field that has the other error, or a slice of them
   */
  record Wrapper(String type, String inner) {}

  ErrorWrappers {
    types = List.copyOf(types);
  }

  /** Adds them to their library. */
  void addTo(ProbedLibrary.Builder library) {
    for (int i = 0; i < types.size(); i++) {
      Wrapper wrapper = types.get(i);
      library
          .itabIfAny(member(i, "itab"), wrapper.type, "error", RuntimeLibrary.ERROR)
          .fieldOf(
              member(i, "itab"),
              member(i, "error"),
              wrapper.type.replace("*", ""),
              wrapper.inner,
              RuntimeLibrary.ERROR);
    }
  }

  /** What a row asks for that takes errors out of each other. */
  String[] members() {
    return IntStream.range(0, types.size())
        .boxed()
        .flatMap(i -> List.of(member(i, "itab"), member(i, "error")).stream())
        .toArray(String[]::new);
  }

  private String member(int index, String field) {
    return array + "[" + index + "]." + field;
  }
}
