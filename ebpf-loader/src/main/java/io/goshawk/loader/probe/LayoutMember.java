package io.goshawk.loader.probe;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import java.util.List;
import java.util.function.ToIntFunction;

/** One member of {@code struct go_layout}, and how an executable's value of it is found. */
public sealed interface LayoutMember {

  /** Its name, as {@link io.goshawk.abi.GoLayout#FIELDS} has it. */
  String name();

  /** What a span does not have while the value is unknown. */
  String gives();

  /**
   * The offset of a Go struct's field.
   *
   * @param places where the field may be; the first that is known counts
   */
  record FieldMember(String name, String gives, List<StructField> places) implements LayoutMember {
    public FieldMember {
      places = List.copyOf(places);
    }
  }

  /** A fact about the executable as a whole, always known. */
  record FactMember(String name, String gives, ToIntFunction<GoExecutable> value)
      implements LayoutMember {}

  /** A field that has one home in all releases. */
  static LayoutMember field(String name, String struct, String field, String gives) {
    return new FieldMember(name, gives, List.of(new StructField(struct, field)));
  }
}
