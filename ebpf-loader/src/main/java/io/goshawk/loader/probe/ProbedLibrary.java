// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.LayoutField;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.probe.LayoutMember.FieldMember;
import io.goshawk.loader.probe.LayoutMember.Place;
import io.goshawk.loader.probe.LayoutMember.ValueMember;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is known about one Go library.
 *
 * @param name its import path
 * @param records the types of records that its programs make
 * @param layout what its programs are told about an executable
 * @param rows its probes
 * @param members the fields of the layout
 * @param interfaces Go interfaces whose values its records tell by the address of their types
 */
public record ProbedLibrary(
    String name,
    List<RecordType> records,
    LibraryLayout layout,
    List<CatalogueRow> rows,
    List<LayoutMember> members,
    Set<String> interfaces) {

  public ProbedLibrary {
    records = List.copyOf(records);
    rows = List.copyOf(rows);
    members = List.copyOf(members);
    interfaces = Set.copyOf(interfaces);
  }

  /**
   * Begins a library's entry in the catalogue.
   *
   * @param name its import path
   * @param map its layouts
   * @param fields of a layout, from the class generated for it
   */
  static Builder library(String name, MapLayout map, List<LayoutField> fields) {
    return new Builder(name, new LibraryLayout(map, fields));
  }

  /** Its rows name the members of its own layout without a prefix, and so does what adds them. */
  static final class Builder {
    private final String name;
    private final LibraryLayout layout;
    private final List<RecordType> records = new ArrayList<>();
    private final List<CatalogueRow> rows = new ArrayList<>();
    private final List<LayoutMember> members = new ArrayList<>();
    private final Set<String> interfaces = new HashSet<>();
    private Optional<String> module = Optional.empty();

    private Builder(String name, LibraryLayout layout) {
      this.name = name;
      this.layout = layout;
    }

    /** The types of records that its programs make. */
    Builder records(RecordType... types) {
      records.addAll(List.of(types));
      return this;
    }

    /**
     * Interfaces whose values its records tell by the address of their types, for span-builder to
     * learn the names.
     */
    Builder typesOf(String... interfaceNames) {
      interfaces.addAll(List.of(interfaceNames));
      return this;
    }

    /** Adds a row; it stands after those it requires. */
    Builder row(CatalogueRow.Builder row) {
      rows.add(row.build(layout.prefix()));
      return this;
    }

    /** Adds what only an executable with that module has a use for. */
    Builder inModule(String path, Consumer<Builder> whatIsIts) {
      module = Optional.of(path);
      whatIsIts.accept(this);
      module = Optional.empty();
      return this;
    }

    /** Adds the offset of a struct's field, {@code gives} being what spans lack without it. */
    Builder field(String member, String struct, String path, String gives) {
      return field(member, gives, new StructField(struct, path));
    }

    /** Adds the offset of a field that has several homes; the first that is known counts. */
    Builder field(String member, String gives, StructField... homes) {
      return field(member, gives, anyRelease(homes), Optional.empty());
    }

    private static List<Place> anyRelease(StructField... homes) {
      return Stream.of(homes).map(home -> new Place(home, VersionRange.ALL)).toList();
    }

    /** Adds the offset of a field that has its meaning in some releases only. */
    Builder field(String member, String gives, Place... places) {
      return field(member, gives, List.of(places), Optional.empty());
    }

    /** Adds that of a type whose itab another member is, if the executable has any. */
    Builder fieldOf(String itab, String member, String struct, String path, String gives) {
      return fieldOf(itab, member, gives, new StructField(struct, path));
    }

    /** The same of a field that has several homes. */
    Builder fieldOf(String itab, String member, String gives, StructField... homes) {
      return field(member, gives, anyRelease(homes), Optional.of(layout.prefix() + itab));
    }

    private Builder field(String member, String gives, List<Place> places, Optional<String> itab) {
      members.add(new FieldMember(layout.prefix() + member, gives, module, places, itab));
      return this;
    }

    /** Adds the address of the itab that tells a value's type. */
    Builder itab(String member, String type, String interfaceName, String gives) {
      return value(
          member,
          gives,
          "the itab of %s as %s".formatted(type, interfaceName),
          "TYPES",
          executable -> executable.itab(type, interfaceName));
    }

    /** The same of a type that a program need not have: where it has no itab nothing is lost. */
    Builder itabIfAny(String member, String type, String interfaceName, String gives) {
      return value(
          member,
          gives,
          "the itab of %s as %s".formatted(type, interfaceName),
          "TYPES",
          executable -> itabIfAny(executable, type, interfaceName));
    }

    /** 0: it has none; empty: that cannot be told, as not even what each program has is found. */
    static OptionalLong itabIfAny(GoExecutable executable, String type, String interfaceName) {
      OptionalLong itab = executable.itab(type, interfaceName);
      return itab.isEmpty() && executable.itab(RuntimeLibrary.ANY_ERROR, "error").isPresent()
          ? OptionalLong.of(0)
          : itab;
    }

    /** Adds what follows from the release or another fact that is always known. */
    Builder fact(String member, String gives, Function<GoExecutable, Integer> value) {
      return value(
          member, gives, member, "VERSION", executable -> OptionalLong.of(value.apply(executable)));
    }

    /** Adds what an executable tells in a way of its own. */
    Builder value(
        String member,
        String gives,
        String subject,
        String source,
        Function<GoExecutable, OptionalLong> value) {
      members.add(new ValueMember(layout.prefix() + member, gives, module, subject, source, value));
      return this;
    }

    ProbedLibrary build() {
      return new ProbedLibrary(name, records, layout, rows, members, interfaces);
    }
  }
}
