// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.testing.SeededCases;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SiteChooserTest {

  private static final long ENTRY = 0x1000;
  private static final int ONE_ARGUMENT = CallRegisters.of(Architecture.AMD64, 1);

  @Test
  void takesThePushBehindTheStackCheck() {
    assertThat(
            choose(
                "49 3b 66 10", // 1000 cmp 0x10(%r14),%rsp
                "76 06", // 1004 jbe 100c
                "55", // 1006 push %rbp
                "48 89 e5", // 1007 mov %rsp,%rbp
                "5d", // 100a pop %rbp
                "c3", // 100b ret
                "48 89 44 24 08", // 100c mov %rax,0x8(%rsp)
                "e8 00 10 00 00", // 1011 call morestack
                "48 8b 44 24 08", // 1016 mov 0x8(%rsp),%rax
                "eb e3")) // 101b jmp 1000
        .isEqualTo("0x1006 push %rbp");
  }

  @Test
  void leavesByTheLastBranchThatIsPassedOnEveryWayToAReturnBehindTheCall() {
    assertThat(
            chooseOnTheWayOut(
                "55", // 1000 push %rbp
                "74 02", // 1001 je 1005
                "5d", // 1003 pop %rbp
                "c3", // 1004 ret, without the call
                "e8 f6 0f 00 00", // 1005 call 2000
                "75 02", // 100a jne 100e, on every way
                "74 00", // 100c je 100e, on one
                "75 03", // 100e jne 1013, on every way
                "48 89 c1", // 1010 mov %rax,%rcx
                "5d", // 1013 pop %rbp
                "c3")) // 1014 ret
        .containsExactly("0x100e jne 0x1013");
  }

  @Test
  void leavesByTheReturnItselfWhereAllBranchesAreTakenAgain() {
    assertThat(
            chooseOnTheWayOut(
                "e8 fb 0f 00 00", // 1000 call 2000
                "75 f9", // 1005 jne 1000
                "c3")) // 1007 ret
        .containsExactly("0x1007 ret");
  }

  @Test
  void knowsNoWayOutOfAFunctionThatDoesNotMakeTheCall() {
    assertThat(chooseOnTheWayOut("75 00", "c3"))
        .containsExactly("f does not return behind the call");
  }

  @Test
  void takesThePushBehindTheStackCheckOfALargeFrame() {
    assertThat(
            choose(
                "4c 8d 64 24 e8", // 1000 lea -0x18(%rsp),%r12
                "4d 3b 66 10", // 1005 cmp 0x10(%r14),%r12
                "76 02", // 1009 jbe 100d
                "55", // 100b push %rbp
                "c3", // 100c ret
                "e8 00 10 00 00", // 100d call morestack
                "eb ec")) // 1012 jmp 1000
        .isEqualTo("0x100b push %rbp");
  }

  @Test
  void takesThePushBehindBothBranchesOfTheStackCheckOfAHugeFrame() {
    assertThat(
            choose(
                "49 89 e4", // 1000 mov %rsp,%r12
                "49 81 ec 00 00 01 00", // 1003 sub $0x10000,%r12
                "72 08", // 100a jb 1014
                "4d 3b 66 10", // 100c cmp 0x10(%r14),%r12
                "76 02", // 1010 jbe 1014
                "55", // 1012 push %rbp
                "c3", // 1013 ret
                "e8 00 10 00 00", // 1014 call morestack
                "eb e5")) // 1019 jmp 1000
        .isEqualTo("0x1012 push %rbp");
  }

  @Test
  void takesTheDearerInstructionWhereNoneIsEmulated() {
    assertThat(
            choose(
                "49 3b 66 10", // 1000 cmp 0x10(%r14),%rsp
                "76 05", // 1004 jbe 100b
                "48 83 ec 18", // 1006 sub $0x18,%rsp, as Go 1.19 begins
                "c3", // 100a ret
                "e8 00 10 00 00", // 100b call morestack
                "eb ee")) // 1010 jmp 1000
        .isEqualTo("0x1006 sub $0x18,%rsp");
  }

  @Test
  void prefersAnEmulatedInstructionFurtherOn() {
    assertThat(choose("48 8b 08", "48 85 c9", "74 00", "c3")).isEqualTo("0x1006 je 0x1008");
  }

  @Test
  void beginsAtTheEntryOfAFunctionThatChecksNothing() {
    assertThat(choose("55", "5d", "c3")).isEqualTo("0x1000 push %rbp");
    assertThat(choose("48 8b 08", "c3")).isEqualTo("0x1000 mov (%rax),%rcx");
  }

  @Test
  void doesNotPassAnInstructionThatChangesAnArgument() {
    // xor %eax,%eax; push %rbp
    assertThat(choose("31 c0", "55", "c3")).isEqualTo("0x1000 xor %eax,%eax");
    // mov $1,%r14d: the goroutine
    assertThat(choose("41 be 01 00 00 00", "55", "c3")).startsWith("0x1000 ");
    // cpuid changes more than it says
    assertThat(choose("0f a2", "55", "c3")).startsWith("0x1000 ");
  }

  @Test
  void doesNotPassABranch() {
    // ret; push %rbp
    assertThat(choose("c3", "55")).isEqualTo("0x1000 ret");
    // test %eax,%eax; je: emulated, and still run by every call
    assertThat(choose("85 c0", "74 01", "55", "c3")).isEqualTo("0x1002 je 0x1005");
  }

  @Test
  void refusesALoopThatComesBackToTheSite() {
    // push %rbp; dec %ecx; jne 1000
    assertThat(choose("55", "ff c9", "75 fb", "c3"))
        .isEqualTo("f runs 0x1000 more than once a call");
    assertThat(
            choose(
                "49 3b 66 10", // 1000 cmp 0x10(%r14),%rsp
                "76 06", // 1004 jbe 100c
                "55", // 1006 push %rbp
                "85 c0", // 1007 test %eax,%eax
                "75 fb", // 1009 jne 1006
                "c3", // 100b ret
                "e8 00 10 00 00", // 100c call morestack
                "eb ed")) // 1011 jmp 1000
        .isEqualTo("f runs 0x1006 more than once a call");
  }

  @Test
  void takesTheInstructionBeforeALoop() {
    // mov %rsp,%rcx; then dec %ecx and jne to it
    assertThat(choose("48 89 e1", "ff c9", "75 fc", "c3")).isEqualTo("0x1000 mov %rsp,%rcx");
  }

  @Test
  void refusesAFunctionWhoseOtherBranchesRunTheStackCheckAgain() {
    assertThat(
            choose(
                "49 3b 66 10", // 1000 cmp 0x10(%r14),%rsp
                "76 06", // 1004 jbe 100c
                "55", // 1006 push %rbp
                "85 c0", // 1007 test %eax,%eax
                "75 f5", // 1009 jne 1000
                "c3", // 100b ret
                "e8 00 10 00 00", // 100c call morestack
                "eb ed")) // 1011 jmp 1000
        .isEqualTo("f runs 0x1000 more than once a call");
  }

  @Test
  void namesTheInstructionThatTheKernelRefuses() {
    // syscall; ret
    assertThat(choose("0f 05", "c3")).contains("the kernel does not probe at 0x1000: bytes 0f 05");
    // lock incl (%rax)
    assertThat(choose("f0 ff 00")).contains("the kernel does not probe at 0x1000: bytes f0 ff 00");
  }

  @Test
  void namesWhereTheCodeCannotBeDecoded() {
    assertThat(choose("55", "06"))
        .isEqualTo("f cannot be decoded at 0x1001: no instruction in 64-bit mode");
    assertThat(choose("55", "e8 00 00"))
        .isEqualTo("f cannot be decoded at 0x1001: it does not end within 3 bytes");
    assertThat(choose("")).isEqualTo("f has 0 bytes of code; 1 to 1048576 are looked at");
  }

  @Test
  void takesTheFirstEmulatedInstructionBehindACallThatLeavesItsResults() {
    assertThat(
            chooseAfterCall(
                "55", // 1000 push %rbp
                "e8 fa 0f 00 00", // 1001 call 2000
                "48 8b 54 24 68", // 1006 mov 0x68(%rsp),%rdx
                "48 83 fa 00", // 100b cmp $0x0,%rdx
                "74 01", // 100f je 1012
                "90", // 1011 nop
                "c3")) // 1012 ret
        .isEqualTo("0x100f je 0x1012");
  }

  @Test
  void takesADearInstructionBehindACallRatherThanOneThatComesTooLate() {
    assertThat(
            chooseAfterCall(
                "e8 fb 0f 00 00", // 1000 call 2000
                "48 89 c1", // 1005 mov %rax,%rcx
                "90", // 1008 nop
                "c3")) // 1009 ret
        .isEqualTo("0x1005 mov %rax,%rcx");
  }

  @Test
  void findsNoSiteBehindACallThatIsNotThereOrThereTwice() {
    assertThat(chooseAfterCall("55", "c3")).isEqualTo("f has 0 calls of 0x2000");
    assertThat(chooseAfterCall("e8 fb 0f 00 00", "e8 f6 0f 00 00", "c3"))
        .isEqualTo("f has 2 calls of 0x2000");
  }

  @Test
  void findsNoSiteBehindACallInALoop() {
    // call 2000; mov %rax,%rcx; dec %edx; jne 1000
    assertThat(chooseAfterCall("e8 fb 0f 00 00", "48 89 c1", "ff ca", "75 f4", "c3"))
        .isEqualTo("f calls 0x2000 in a loop");
  }

  @Test
  void takesABlockThatStandsBehindTheCallAndRunsBeforeItForNoLoop() {
    assertThat(
            chooseAfterCall(
                "75 07", // 1000 jne 1009
                "e8 f9 0f 00 00", // 1002 call 2000
                "55", // 1007 push %rbp
                "c3", // 1008 ret
                "90", // 1009 nop
                "eb f6")) // 100a jmp 1002
        .isEqualTo("0x1007 push %rbp");
  }

  @Test
  void takesTheFirstCheapInstructionFromAPlaceOn() {
    String[] code = {
      "75 05", // 1000 jne 1007
      "90", // 1002 nop
      "48 89 c1", // 1003 mov %rax,%rcx
      "90", // 1006 nop
      "48 89 c1", // 1007 mov %rax,%rcx
      "74 f4", // 100a je 1000
      "c3" // 100c ret
    };
    assertThat(chooseAt(0x1002, code)).isEqualTo("0x1002 nop");
    assertThat(chooseAt(0x1003, code)).isEqualTo("0x1006 nop");
    assertThat(chooseAt(0x1007, code)).as("a branch target itself").isEqualTo("0x100a je 0x1000");
    assertThat(chooseAt(0x1004, code)).isEqualTo("f has no instruction at 0x1004");
  }

  @Test
  void doesNotGoOnToWhereOthersComeToo() {
    // mov %rax,%rcx; nop, to which a later jump leads; jmp 1003
    assertThat(chooseAt(0x1000, "48 89 c1", "90", "eb fd")).isEqualTo("0x1000 mov %rax,%rcx");
  }

  @Test
  void takesAllCallsOfAPartButThoseOfTheRuntime() {
    String[] code = {
      "ff d0", // 1000 call *%rax
      "e8 f9 0f 00 00", // 1002 call 2000
      "e8 f4 1f 00 00", // 1007 call 3000
      "ff d2", // 100c call *%rdx
      "c3" // 100e ret
    };
    assertThat(chooseCalls(0x1002, 0x100e, code))
        .containsExactly("0x1007 call 0x3000", "0x100c bytes ff d2");
    assertThat(chooseCalls(0x1002, 0x1007, code))
        .containsExactly("f makes no call where it should");
  }

  /** What a function is called with again and again, and once more. */
  private static final String[] RETRIES = {
    "ff d1", // 1000 call *%rcx
    "48 85 c0", // 1002 test %rax,%rax
    "74 09", // 1005 je 1010
    "e8 f4 0f 00 00", // 1007 call 2000
    "84 c0", // 100c test %al,%al
    "75 f0", // 100e jne 1000
    "ff d1", // 1010 call *%rcx
    "48 83 c4 38", // 1012 add $0x38,%rsp
    "c3", // 1016 ret
    "c3", // 1017 ret
  };

  @Test
  void takesTheInstructionsBehindIndirectCallsAndTellsWhichMayComeAgain() {
    assertThat(chooseBehindCalls(OptionalLong.empty(), RETRIES))
        .containsExactly("0x1005 je 0x1010, again", "0x1012 add $0x38,%rsp");
  }

  @Test
  void takesTheInstructionsBehindTheCallsOfAFunctionInALoopToo() {
    assertThat(chooseBehindCalls(OptionalLong.of(0x2000), RETRIES))
        .containsExactly("0x100e jne 0x1000, again");
    assertThat(chooseBehindCalls(OptionalLong.of(0x3000), RETRIES))
        .containsExactly("f makes no call where it should");
  }

  @Test
  void takesEveryReturn() {
    GoFunction function = new GoFunction("f", ENTRY, code(RETRIES).length);
    assertThat(SiteChooser.chooseReturns(Architecture.AMD64, function, code(RETRIES)))
        .extracting(SiteChooserTest::text)
        .containsExactly("0x1016 ret", "0x1017 ret");
    byte[] endless = code("eb fe"); // 1000 jmp 1000
    assertThat(
            SiteChooser.chooseReturns(Architecture.AMD64, new GoFunction("f", ENTRY, 2), endless))
        .extracting(SiteChooserTest::text)
        .containsExactly("f never returns");
  }

  @Test
  void findsTheCallsOfAFunction() {
    assertThat(callsOf(0x2000, OptionalLong.empty(), RETRIES))
        .containsExactly("0x1007 call 0x2000");
    assertThat(callsOf(0x3000, OptionalLong.empty(), RETRIES)).isEmpty();
  }

  @Test
  void findsTheCallsThatOnlyComeAfterAnother() {
    String[] code = {
      "74 07", // 1000 je 1009
      "e8 f9 0f 00 00", // 1002 call 2000
      "eb 0c", // 1007 jmp 1015
      "e8 f2 1f 00 00", // 1009 call 3000
      "e8 ed 0f 00 00", // 100e call 2000
      "74 f4", // 1013 je 1009
      "c3", // 1015 ret
    };
    assertThat(callsOf(0x2000, OptionalLong.of(0x3000), code))
        .containsExactly("0x100e call 0x2000");
    assertThat(callsOf(0x3000, OptionalLong.of(0x2000), code))
        .containsExactly("0x1009 call 0x3000");
    assertThat(callsOf(0x2000, OptionalLong.of(0x4000), code)).isEmpty();
  }

  private static List<String> callsOf(long callee, OptionalLong after, String... lines) {
    byte[] code = code(lines);
    return SiteChooser.callsOf(
            Architecture.AMD64, new GoFunction("f", ENTRY, code.length), code, callee, after)
        .stream()
        .map(SiteChooserTest::text)
        .toList();
  }

  /** A function that returns early, and twice after what it has deferred. */
  private static final String[] DEFERRING = {
    "74 0f", // 1000 je 1011
    "ff d1", // 1002 call *%rcx
    "48 8b 5c 24 10", // 1004 mov 0x10(%rsp),%rbx
    "48 8b 44 24 08", // 1009 mov 0x8(%rsp),%rax
    "5d", // 100e pop %rbp
    "c3", // 100f ret
    "90", // 1010 nop
    "75 02", // 1011 jne 1015
    "31 c0", // 1013 xor %eax,%eax
    "c3", // 1015 ret
    "ff d2", // 1016 call *%rdx
    "48 8b 44 24 08", // 1018 mov 0x8(%rsp),%rax
    "48 8b 5c 24 10", // 101d mov 0x10(%rsp),%rbx
    "c3" // 1022 ret
  };

  @Test
  void leavesReturnsOutThatRunADeferredFunction() {
    SiteChooser.Exits exits = chooseExits(true, DEFERRING);
    assertThat(exits.distance()).isEqualTo(8);
    assertThat(exits.returns()).extracting(SiteChooserTest::text).containsExactly("0x1015 ret");
  }

  @Test
  void takesAllReturnsWhereTheDeferredFunctionWillNotDo() {
    SiteChooser.Exits exits = chooseExits(false, DEFERRING);
    assertThat(exits.distance()).isZero();
    assertThat(exits.returns())
        .extracting(SiteChooserTest::text)
        .containsExactly("0x100f ret", "0x1015 ret", "0x1022 ret");
  }

  @Test
  void takesAllReturnsWhereTheFrameIsNotTheSameAtEach() {
    String[] instructions = DEFERRING.clone();
    instructions[12] = "48 8b 5c 24 18"; // mov 0x18(%rsp),%rbx
    SiteChooser.Exits exits = chooseExits(true, instructions);
    assertThat(exits.distance()).isZero();
    assertThat(exits.returns()).hasSize(3);
  }

  private static SiteChooser.Exits chooseExits(boolean deferred, String... instructions) {
    byte[] code = code(instructions);
    return SiteChooser.chooseExits(
        Architecture.AMD64, new GoFunction("f", ENTRY, code.length), code, deferred);
  }

  /**
   * A function that defers another one, and first of all returns nil, what a function has returned
   * first, or an address.
   */
  private static final String[] RETURNING = {
    "74 12", // 1000 je 1014
    "44 0f 11 7c 24 10", // 1002 movups %xmm15,0x10(%rsp)
    "ff d1", // 1008 call *%rcx
    "48 8b 44 24 10", // 100a mov 0x10(%rsp),%rax
    "5d", // 100f pop %rbp
    "c3", // 1010 ret
    "90 90 90",
    "75 14", // 1014 jne 102a
    "ff d2", // 1016 call *%rdx
    "48 89 44 24 10", // 1018 mov %rax,0x10(%rsp)
    "74 02", // 101d je 1021
    "ff d1", // 101f call *%rcx
    "48 8b 44 24 10", // 1021 mov 0x10(%rsp),%rax
    "5d", // 1026 pop %rbp
    "c3", // 1027 ret
    "90 90",
    "48 8d 05 00 10 00 00", // 102a lea 0x1000(%rip),%rax
    "48 89 44 24 10", // 1031 mov %rax,0x10(%rsp)
    "ff d1", // 1036 call *%rcx
    "48 8b 44 24 10", // 1038 mov 0x10(%rsp),%rax
    "5d", // 103d pop %rbp
    "c3", // 103e ret
  };

  @Test
  void leavesReturnsOutWhoseFirstResultWasInARegister() {
    assertThat(nilReturns(RETURNING)).containsExactly("0x1010 ret");
    assertThat(nilReturns(with(7, "75 02"))) // jne 1018, with what is in the register
        .containsExactly("0x1010 ret");
  }

  @Test
  void doesNotTellTheReturnsWhoseFirstResultMayBeNil() {
    assertThat(nilReturns(with(16, "31 c0 90 90 90 90 90"))) // xor %eax,%eax
        .containsExactly("0x1010 ret", "0x103e ret");
    assertThat(nilReturns(with(7, "75 09"))) // jne 101f, past what is stored
        .containsExactly("0x1010 ret", "0x1027 ret");
    assertThat(nilReturns(with(19, "48 8b 44 24 18"))) // mov 0x18(%rsp),%rax
        .containsExactly("0x1010 ret", "0x103e ret");
    assertThat(nilReturns(with(19, "48 8b 43 08 90"))) // mov 0x8(%rbx),%rax
        .containsExactly("0x1010 ret", "0x103e ret");
  }

  @Test
  void takesNoReturnWhereNoneIsTold() {
    assertThat(nilReturns("31 c0", "c3")).isEmpty(); // xor %eax,%eax
    assertThat(nilReturns(with(15, "ff e0"))).isEmpty(); // jmp *%rax, anywhere
  }

  private static String[] with(int line, String instruction) {
    String[] changed = RETURNING.clone();
    changed[line] = instruction;
    return changed;
  }

  private static List<String> nilReturns(String... lines) {
    byte[] code = code(lines);
    return SiteChooser.chooseNilReturns(
            Architecture.AMD64, new GoFunction("f", ENTRY, code.length), code)
        .stream()
        .map(SiteChooserTest::text)
        .toList();
  }

  @Test
  void overlooksThePaddingBehindAFunction() {
    assertThat(choose("55", "c3", "cc cc cc")).isEqualTo("0x1000 push %rbp");
    assertThat(choose("55", "c3", "00 00 00")).isEqualTo("0x1000 push %rbp");
  }

  @Test
  void findsItsWayPastTheStackCheckOfArm64() {
    SiteChoice choice =
        choose(
            Architecture.ARM64,
            words(
                0xf9400b90, // 1000 ldr x16, [x28, #16]
                0xeb3063ff, // 1004 cmp sp, x16
                0x54000069, // 1008 b.ls 1014
                0xf81f0ffe, // 100c str x30, [sp, #-16]!
                0xd65f03c0, // 1010 ret
                0xaa1e03e3, // 1014 mov x3, x30
                0x94000400, // 1018 bl morestack
                0x17fffff9)); // 101c b 1000
    assertThat(choice).isInstanceOf(SiteChoice.Chosen.class);
    assertThat(((SiteChoice.Chosen) choice).instruction().address()).isEqualTo(0x100c);
  }

  @Test
  void makesSomethingOfAnyCode() {
    AtomicInteger sites = new AtomicInteger();
    SeededCases.forAnyBytes(
        1000,
        200,
        code -> {
          SiteChoice choice = choose(Architecture.AMD64, code);
          if (choice instanceof SiteChoice.Chosen chosen) {
            sites.incrementAndGet();
            assertThat(chosen.instruction().address()).isBetween(ENTRY, ENTRY + code.length - 1);
          }
        });
    assertThat(sites).hasPositiveValue();
  }

  /** The site's address and text, or the reason why there is none. */
  private static String choose(String... instructions) {
    SiteChoice choice =
        choose(
            Architecture.AMD64,
            HexFormat.of().parseHex(String.join("", instructions).replace(" ", "")));
    if (choice instanceof SiteChoice.Chosen chosen) {
      return "0x%x %s".formatted(chosen.instruction().address(), chosen.text());
    }
    return ((SiteChoice.None) choice).reason();
  }

  /** The same for a site behind the call of 0x2000, whose third and fourth result are read. */
  private static String chooseAfterCall(String... instructions) {
    byte[] code = code(instructions);
    return text(
        SiteChooser.chooseAfterCall(
            Architecture.AMD64,
            new GoFunction("f", ENTRY, code.length),
            code,
            0x2000,
            CallRegisters.results(Architecture.AMD64, 2, 2)));
  }

  /** The sites whose first two results are read. */
  private static List<String> chooseBehindCalls(OptionalLong callee, String... instructions) {
    byte[] code = code(instructions);
    return SiteChooser.chooseBehindCalls(
            Architecture.AMD64,
            new GoFunction("f", ENTRY, code.length),
            code,
            callee,
            CallRegisters.results(Architecture.AMD64, 0, 2))
        .entrySet()
        .stream()
        .map(site -> text(site.getKey()) + (site.getValue() ? ", again" : ""))
        .toList();
  }

  private static List<String> chooseOnTheWayOut(String... instructions) {
    byte[] code = code(instructions);
    return SiteChooser.chooseOnTheWayOut(
            Architecture.AMD64, new GoFunction("f", ENTRY, code.length), code, 0x2000)
        .stream()
        .map(SiteChooserTest::text)
        .toList();
  }

  private static String chooseAt(long address, String... instructions) {
    byte[] code = code(instructions);
    return text(
        SiteChooser.chooseAt(
            Architecture.AMD64, new GoFunction("f", ENTRY, code.length), code, address));
  }

  /** Of the part from one address to another; that at 0x2000 is the runtime's. */
  private static List<String> chooseCalls(long from, long to, String... instructions) {
    byte[] code = code(instructions);
    return SiteChooser.chooseCalls(
            Architecture.AMD64,
            new GoFunction("f", ENTRY, code.length),
            code,
            address -> address >= from && address < to,
            callee -> callee == 0x2000)
        .stream()
        .map(SiteChooserTest::text)
        .toList();
  }

  private static byte[] code(String... instructions) {
    return HexFormat.of().parseHex(String.join("", instructions).replace(" ", ""));
  }

  private static String text(SiteChoice choice) {
    if (choice instanceof SiteChoice.Chosen chosen) {
      return "0x%x %s".formatted(chosen.instruction().address(), chosen.text());
    }
    return ((SiteChoice.None) choice).reason();
  }

  private static SiteChoice choose(Architecture architecture, byte[] code) {
    GoFunction function = new GoFunction("f", ENTRY, code.length);
    int registers =
        architecture == Architecture.AMD64 ? ONE_ARGUMENT : CallRegisters.of(architecture, 1);
    return SiteChooser.choose(architecture, function, code, registers);
  }

  private static byte[] words(int... words) {
    byte[] code = new byte[words.length * 4];
    for (int i = 0; i < code.length; i++) {
      code[i] = (byte) (words[i / 4] >> (8 * (i % 4)));
    }
    return code;
  }
}
