// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** One member of a library's layout, and how an executable's value of it is found. */
public sealed interface LayoutMember {

  /** Its name, the library's prefix included: {@code http_server.request.method}. */
  String name();

  /** What a span does not have while the value is unknown. */
  String gives();

  /** The module without which an executable has no use for it; empty if there is none. */
  Optional<String> module();

  /** What was looked for, for a reader who misses it. */
  String subject();

  /**
   * The offset of a Go struct's field.
   *
   * @param places where the field may be; the first that is known counts
   * @param itab the member that is 0 where the executable has nothing of the struct's type, and so
   *     no use for the field; empty if that is not known
   */
  record FieldMember(
      String name, String gives, Optional<String> module, List<Place> places, Optional<String> itab)
      implements LayoutMember {
    public FieldMember {
      places = List.copyOf(places);
    }

    @Override
    public String subject() {
      return places.get(0).field().toString();
    }
  }

  /** A field, in the releases in which it means what is wanted. */
  record Place(StructField field, VersionRange releases) {}

  /**
   * Anything else that an executable tells: a fact about it, or an address that its symbols give.
   *
   * @param source what it is concluded from, as reports name it: {@code VERSION}, {@code TYPES}
   * @param value empty if it is not known
   */
  record ValueMember(
      String name,
      String gives,
      Optional<String> module,
      String subject,
      String source,
      Function<GoExecutable, OptionalLong> value)
      implements LayoutMember {}
}
