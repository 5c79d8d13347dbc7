// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.GrpcClientFailure;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where it is seen that a client of gRPC has made no stream. */
class GrpcClientPlanTest {
  private static final ProbeCatalogue CATALOGUE =
      new ProbeCatalogue(List.of(RuntimeLibrary.ENTRY, GrpcClientLibrary.ENTRY));

  private static final String MAKE = "google.golang.org/grpc.newClientStream";
  private static final String WITH_PARAMS = MAKE + "WithParams";

  /** Returns nil at 0x10, and what is in a register at 0x21. */
  private static final byte[] TELLING =
      HexFormat.of()
          .parseHex(
              "740f" // je 11
                  + "440f117c2410" // movups %xmm15,0x10(%rsp)
                  + "ffd1" // call *%rcx
                  + "488b442410" // mov 0x10(%rsp),%rax
                  + "5d" // pop %rbp
                  + "c3" // ret
                  + "ffd2" // 11 call *%rdx
                  + "4889442410" // mov %rax,0x10(%rsp)
                  + "ffd1" // call *%rcx
                  + "488b442410" // mov 0x10(%rsp),%rax
                  + "5d" // pop %rbp
                  + "c3"); // ret

  private static ProbePlan plan(String release, byte[] make, byte[] withParams) {
    return ProbePlanner.plan(executable(release, make, withParams), CATALOGUE);
  }

  private static FakeExecutable executable(String release, byte[] make, byte[] withParams) {
    return FakeExecutable.of("go1.26.8")
        .module("google.golang.org/grpc", release)
        .withType("*google.golang.org/grpc.clientStream")
        .withCode(MAKE, make)
        .withCode(WITH_PARAMS, withParams);
  }

  private static byte[] ordinary() {
    return HexFormat.of().parseHex("5531c05dc3"); // push %rbp; xor %eax,%eax; pop %rbp; ret
  }

  private static List<String> returns(ProbePlan plan) {
    return plan.row("grpc.client").orElseThrow().sites().stream()
        .filter(site -> site.instruction().equals("ret"))
        .map(site -> site.program() + " at " + site.symbol().substring(MAKE.length()))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1.49.0", "v1.60.1", "v1.77.0"})
  void itIsSeenWhereNilIsReturned(String release) {
    ProbePlan plan = plan(release, TELLING, TELLING);
    assertThat(returns(plan))
        .containsExactly("grpc_client_failed at WithParams", "grpc_client_made at ");
    assertThat(plan.row("grpc.client").orElseThrow().sites())
        .filteredOn(site -> site.symbol().equals(WITH_PARAMS))
        .extracting(Site::variant)
        .containsExactly(GrpcClientFailure.GRPC_FAILURE_RETURNED.value());
  }

  @Test
  void aCallThatGetsItsStreamComesByNoReturn() {
    int told = plan("v1.60.1", TELLING, TELLING).trapsPer(GrpcClientLibrary.CLIENT_CALL);
    int untold = plan("v1.60.1", TELLING, ordinary()).trapsPer(GrpcClientLibrary.CLIENT_CALL);
    assertThat(untold).isEqualTo(told + 1);
  }

  @Test
  void eachReturnIsSeenWhereOneOfBothDoesNotTell() {
    assertThat(returns(plan("v1.60.1", TELLING, ordinary())))
        .containsExactly("grpc_client_made at ", "grpc_client_made at ");
    assertThat(returns(plan("v1.60.1", ordinary(), TELLING)))
        .containsExactly("grpc_client_made at ");
  }

  @Test
  void eachReturnIsSeenWhereTheStreamIsNotKnownBefore() {
    assertThat(returns(plan("v1.48.0", TELLING, TELLING)))
        .containsExactly("grpc_client_made at ", "grpc_client_made at ");
  }

  /** It is seen there that a stream is made. */
  @Test
  void eachReturnIsSeenWhereNoStreamIsPutIntoATransportsMap() {
    FakeExecutable executable =
        executable("v1.60.1", TELLING, TELLING).withoutFunction("runtime.mapassign_fast32");
    assertThat(returns(ProbePlanner.plan(executable, CATALOGUE)))
        .containsExactly("grpc_client_made at ", "grpc_client_made at ");
  }
}
