// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.loader.dwarf.Abbreviations.Abbreviation;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.SectionContents;
import io.goshawk.loader.elf.UnreadableFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Finds the offsets of struct fields in an executable's DWARF.
 *
 * <p>One pass serves any number of fields: of every struct those members are noted whose name is a
 * step of some wanted path, and paths are followed at the end. Entries are never gone back to, so a
 * reference can form no loop.
 */
public final class DwarfStructs {

  private static final int TAG_MEMBER = 0x0d;
  private static final int TAG_COMPILE_UNIT = 0x11;
  private static final int TAG_STRUCTURE_TYPE = 0x13;
  private static final int TAG_TYPEDEF = 0x16;
  private static final int TAG_PARTIAL_UNIT = 0x3c;
  private static final int AT_NAME = 0x03;
  private static final int AT_LANGUAGE = 0x13;
  private static final int AT_DATA_MEMBER_LOCATION = 0x38;
  private static final int AT_TYPE = 0x49;
  private static final int AT_STR_OFFSETS_BASE = 0x72;
  private static final int OP_PLUS_UCONST = 0x23;

  /** DW_LANG_Go. */
  private static final long LANGUAGE_GO = 0x16;

  private static final int MAX_DEPTH = 512;
  private static final int MAX_ABBREVIATIONS_BYTES = 1 << 20;

  /** Function-local types share their names; more of one name than this are not looked at. */
  private static final int MAX_NAMESAKES = 64;

  /** How often paths are followed in the hope to be done early. */
  private static final int MAX_EARLY_TRIES = 16;

  /** The offset of a member beyond this is damage; no frame or heap object is as large. */
  private static final long MAX_MEMBER_OFFSET = 1 << 30;

  private final Budget budget;
  private final InfoReader in;
  private final Abbreviations abbreviations;
  private final NameStrings strings;
  private final long sectionBytes;
  private final LongPredicate languages;

  private final List<StructField> fields;
  private final WantedNames structNames;
  private final WantedNames stepNames;
  private final int[][] steps;

  /** Whether a step is ever one of an embedded value's fields, which may be of any struct. */
  private final boolean[] laterSteps;

  private final MemberTable members;

  /** Where the entries of wanted structs are, by the number of the name. */
  private final List<List<Long>> found = new ArrayList<>();

  /** Per depth: where the entry is if it is a struct, else -1. */
  private final long[] owners = new long[MAX_DEPTH + 1];

  /** Per depth: whether that struct is a wanted one. */
  private final boolean[] wantedOwners = new boolean[MAX_DEPTH + 1];

  private long strOffsetsBase;

  private DwarfStructs(
      ElfFile elf,
      SectionContents info,
      Abbreviations abbreviations,
      Collection<StructField> wanted,
      LongPredicate languages,
      Budget budget) {
    this.budget = budget;
    this.in = new InfoReader(info, budget);
    this.abbreviations = abbreviations;
    this.strings = new NameStrings(elf, budget);
    this.sectionBytes = info.bytes();
    this.languages = languages;
    this.fields = List.copyOf(wanted);
    this.structNames = new WantedNames(fields.stream().map(StructField::struct).toList());
    Set<String> names = new LinkedHashSet<>();
    fields.forEach(f -> names.addAll(f.steps()));
    this.stepNames = new WantedNames(names);
    this.laterSteps = new boolean[stepNames.count()];
    for (StructField field : fields) {
      field.steps().stream().skip(1).forEach(step -> laterSteps[stepNames.find(step)] = true);
    }
    this.members = new MemberTable(budget);
    this.steps = new int[fields.size()][];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = fields.get(i).steps().stream().mapToInt(stepNames::find).toArray();
    }
    for (int i = 0; i < structNames.count(); i++) {
      found.add(new ArrayList<>(1));
    }
  }

  /** Looks fields up in the DWARF that Go compilers wrote. */
  public static DwarfResult find(ElfFile elf, Collection<StructField> wanted)
      throws UnreadableFileException {
    return find(elf, wanted, language -> language == LANGUAGE_GO);
  }

  /**
   * Looks fields up.
   *
   * @param languages DW_LANG_* of the units to look into
   */
  static DwarfResult find(ElfFile elf, Collection<StructField> wanted, LongPredicate languages)
      throws UnreadableFileException {
    // The layout table may know what DWARF takes too long to tell.
    Budget budget = elf.file().budget().half();
    try {
      Optional<SectionContents> info = SectionContents.open(elf, ".debug_info");
      Optional<SectionContents> abbrev = SectionContents.open(elf, ".debug_abbrev");
      if (info.isEmpty() || abbrev.isEmpty()) {
        return new DwarfResult.Absent();
      }
      try (SectionContents contents = info.get();
          SectionContents table = abbrev.get()) {
        long offset = table.fileOffset();
        budget.reserve(table.bytes(), "section .debug_abbrev");
        Abbreviations abbreviations = new Abbreviations(table.all(MAX_ABBREVIATIONS_BYTES), offset);
        return new DwarfResult.Read(
            new DwarfStructs(elf, contents, abbreviations, wanted, languages, budget).read());
      }
    } catch (UnreadableFileException e) {
      throw e;
    } catch (UnusableFileException e) {
      return new DwarfResult.Unusable(e.getMessage());
    }
  }

  private Map<StructField, Integer> read() throws UnusableFileException {
    int tries = 0;
    while (!in.atEnd()) {
      Unit unit = Unit.read(in, sectionBytes);
      abbreviations.load(unit);
      if (unit(unit) && tries < MAX_EARLY_TRIES && found.stream().noneMatch(List::isEmpty)) {
        tries++;
        // All types of a Go program are in one unit, so what is complete now stays so.
        Map<StructField, Integer> offsets = resolve();
        if (offsets.size() == fields.size()) {
          return offsets;
        }
      }
    }
    return resolve();
  }

  /** Reads a unit's entries; whether there was a wanted struct among them. */
  private boolean unit(Unit unit) throws UnusableFileException {
    boolean any = false;
    int depth = 0;
    owners[0] = -1;
    strOffsetsBase = 0;
    while (in.position() < unit.end()) {
      long entry = in.position();
      long code = in.uleb();
      if (code == 0) {
        if (--depth <= 0) {
          break;
        }
        continue;
      }
      Abbreviation abbreviation = abbreviations.get(code);
      if (abbreviation == null) {
        throw in.malformed("an entry of unknown abbreviation " + code);
      }
      boolean wanted = false;
      switch (abbreviation.tag()) {
        case TAG_STRUCTURE_TYPE -> {
          wanted = struct(unit, abbreviation, entry);
          any |= wanted;
        }
        case TAG_MEMBER -> member(unit, abbreviation, owners[depth], wantedOwners[depth]);
        case TAG_TYPEDEF -> typedef(unit, abbreviation, entry);
        case TAG_COMPILE_UNIT, TAG_PARTIAL_UNIT -> {
          if (!languages.test(root(unit, abbreviation))) {
            in.skip(unit.end() - in.position());
            return false;
          }
        }
        default -> abbreviation.skip(in, unit);
      }
      if (abbreviation.children()) {
        if (++depth > MAX_DEPTH) {
          throw in.malformed("entries nested more than " + MAX_DEPTH + " deep");
        }
        owners[depth] = abbreviation.tag() == TAG_STRUCTURE_TYPE ? entry : -1;
        wantedOwners[depth] = wanted;
      } else if (depth == 0) {
        break;
      }
    }
    if (in.position() > unit.end()) {
      throw in.malformed("a unit's last entry reaches into the next unit");
    }
    in.skip(unit.end() - in.position());
    return any;
  }

  /** Reads a unit's first entry and returns its language, 0 if it tells none. */
  private long root(Unit unit, Abbreviation abbreviation) throws UnusableFileException {
    long language = 0;
    long[] specs = abbreviation.specs();
    for (int i = 0; i < specs.length; i += 3) {
      int form = (int) specs[i + 1];
      if (specs[i] == AT_LANGUAGE) {
        language = Forms.number(in, unit, form, specs[i + 2]);
      } else if (specs[i] == AT_STR_OFFSETS_BASE) {
        strOffsetsBase = Forms.number(in, unit, form, specs[i + 2]);
      } else {
        Forms.skip(in, unit, form);
      }
    }
    return language;
  }

  private boolean struct(Unit unit, Abbreviation abbreviation, long entry)
      throws UnusableFileException {
    int name = -1;
    long[] specs = abbreviation.specs();
    for (int i = 0; i < specs.length; i += 3) {
      int form = (int) specs[i + 1];
      if (specs[i] == AT_NAME && name(unit, form)) {
        name = structNames.find(in.nameBytes, in.nameLength, in.nameHash);
      } else if (specs[i] != AT_NAME) {
        Forms.skip(in, unit, form);
      }
    }
    // A declaration has no members and must not hide the definition.
    if (name < 0 || !abbreviation.children() || found.get(name).size() == MAX_NAMESAKES) {
      return false;
    }
    return found.get(name).add(entry);
  }

  private void member(Unit unit, Abbreviation abbreviation, long owner, boolean wantedOwner)
      throws UnusableFileException {
    if (owner < 0) {
      abbreviation.skip(in, unit);
      return;
    }
    int name = -1;
    long offset = 0;
    long type = -1;
    long[] specs = abbreviation.specs();
    for (int i = 0; i < specs.length; i += 3) {
      int form = (int) specs[i + 1];
      if (specs[i] == AT_NAME) {
        name = name(unit, form) ? stepNames.find(in.nameBytes, in.nameLength, in.nameHash) : -1;
      } else if (specs[i] == AT_DATA_MEMBER_LOCATION) {
        offset = location(unit, form, specs[i + 2]);
      } else if (specs[i] == AT_TYPE) {
        type = reference(unit, form, specs[i + 2]);
      } else {
        Forms.skip(in, unit, form);
      }
    }
    if (name >= 0
        && (wantedOwner || laterSteps[name])
        && offset >= 0
        && offset < MAX_MEMBER_OFFSET
        && !members.add(owner, name, (int) offset, type)) {
      throw in.malformed("more struct members than any program has");
    }
  }

  private void typedef(Unit unit, Abbreviation abbreviation, long entry)
      throws UnusableFileException {
    long target = -1;
    long[] specs = abbreviation.specs();
    for (int i = 0; i < specs.length; i += 3) {
      if (specs[i] == AT_TYPE) {
        target = reference(unit, (int) specs[i + 1], specs[i + 2]);
      } else {
        Forms.skip(in, unit, (int) specs[i + 1]);
      }
    }
    if (target >= 0 && !members.addTypedef(entry, target)) {
      throw in.malformed("more named types than any program has");
    }
  }

  /** Reads a name into the reader; false if its form is not one that can be followed. */
  private boolean name(Unit unit, int form) throws UnusableFileException {
    switch (form) {
      case Forms.STRING -> in.name();
      case Forms.STRP -> strings.direct(in, Forms.number(in, unit, form, 0));
      case Forms.LINE_STRP -> strings.line(in, Forms.number(in, unit, form, 0));
      case Forms.STRX, Forms.STRX1, Forms.STRX2, Forms.STRX3, Forms.STRX4 ->
          strings.indexed(in, unit, strOffsetsBase, Forms.number(in, unit, form, 0));
      default -> {
        Forms.skip(in, unit, form);
        return false;
      }
    }
    return in.nameLength > 0;
  }

  /** A member's offset (§5.7.6): a number, or in older units an expression that adds one. */
  private long location(Unit unit, int form, long implicit) throws UnusableFileException {
    long bytes;
    switch (form) {
      case Forms.BLOCK1 -> bytes = in.u8();
      case Forms.BLOCK, Forms.EXPRLOC -> bytes = in.uleb();
      case Forms.BLOCK2, Forms.BLOCK4 -> {
        Forms.skip(in, unit, form);
        return -1;
      }
      default -> {
        return Forms.number(in, unit, form, implicit);
      }
    }
    long end = in.position() + bytes;
    if (bytes < 2 || in.u8() != OP_PLUS_UCONST) {
      in.skip(Math.max(0, end - in.position()));
      return -1;
    }
    long offset = in.uleb();
    in.skip(end - in.position());
    return offset;
  }

  /** Where in the section a referenced entry is; -1 if it is elsewhere. */
  private long reference(Unit unit, int form, long implicit) throws UnusableFileException {
    switch (form) {
      case Forms.REF_ADDR:
        return Forms.number(in, unit, form, implicit);
      case Forms.REF1, Forms.REF2, Forms.REF4, Forms.REF8, Forms.REF_UDATA:
        return unit.start() + Forms.number(in, unit, form, implicit);
      default:
        Forms.skip(in, unit, form);
        return -1;
    }
  }

  /** Follows all paths. Two structs of one name that disagree on a field leave it out. */
  private Map<StructField, Integer> resolve() throws UnusableFileException {
    Map<StructField, Integer> offsets = new HashMap<>();
    for (int i = 0; i < steps.length; i++) {
      StructField field = fields.get(i);
      long offset = -1;
      for (long struct : found.get(structNames.find(field.struct()))) {
        budget.spend(0);
        long here = members.offset(struct, steps[i]);
        if (here >= 0 && offset >= 0 && here != offset) {
          offset = -1;
          break;
        }
        offset = here >= 0 ? here : offset;
      }
      if (offset >= 0) {
        offsets.put(field, (int) offset);
      }
    }
    return offsets;
  }
}
