// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import io.goshawk.loader.target.TargetProcess;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With this process as the target, seen through a /proc that a test can take it out of. */
final class TargetDirectoryTest {

  private static final int BINARY = 7;

  @TempDir Path proc;

  private final int self = (int) ProcessHandle.current().pid();
  private long nanos;
  private TargetDirectory directory;
  private TracedBinary binary;

  @BeforeEach
  void carryProbes() throws IOException {
    directory =
        new TargetDirectory(
            new ProcessTable(
                proc, Path.of("/etc/passwd"), (process, environment) -> Optional.empty()),
            ResourceSettings.defaults("test"),
            () -> nanos);
    binary =
        new TracedBinary("svc", "amd64", new GoBuild("go1.26.8", "", "", "", Map.of()), Map.of());
    directory.add(BINARY, binary);
  }

  @Test
  void aProcessIsLearntFromItsFirstRecord() throws IOException {
    appear();

    assertThat(directory.learn(self, BINARY)).isSameAs(binary);
    assertThat(directory.resource(self)).isNotNull();
  }

  @Test
  void whoIsGoneBeforeItsFirstRecordIsDescribedByItsBinaryAndLookedUpOnce() throws IOException {
    assertThat(directory.learn(self, BINARY)).isSameAs(binary);
    Resource gone = directory.resource(self);
    assertThat(gone.getAttribute(AttributeKey.stringKey("service.name"))).isEqualTo("svc");
    assertThat(gone.getAttribute(AttributeKey.longKey("process.pid"))).isEqualTo(self);
    assertThat(gone.getAttribute(AttributeKey.stringKey("process.runtime.version")))
        .isEqualTo("go1.26.8");
    assertThat(gone.getAttribute(AttributeKey.stringKey("process.creation.time"))).isNull();

    appear();
    directory.learn(self, BINARY);

    assertThat(directory.resource(self)).as("without a second look").isSameAs(gone);
    assertThat(directory.isTraced(self)).isFalse();
  }

  @Test
  void anotherProcessWithItsIdIsNotTakenForOneThatIsGone() throws IOException {
    directory.learn(self, BINARY);
    Resource gone = directory.resource(self);
    directory.add(
        BINARY + 1,
        new TracedBinary(
            "other", "amd64", new GoBuild("go1.27.4", "", "", "", Map.of()), Map.of()));

    appear();
    directory.learn(self, BINARY + 1);

    assertThat(directory.resource(self)).isNotEqualTo(gone);
    assertThat(directory.isTraced(self)).isTrue();
  }

  @Test
  void whoIsGoneBeforeItsFirstRecordIsWhatItsExecutionSaid() {
    directory.executed(self, execution("brief", 1));
    directory.learn(self, BINARY);

    assertThat(attribute("service.name")).isEqualTo("brief");
    assertThat(attribute("process.command")).isEqualTo("./brief");
    assertThat(attribute("process.executable.path")).isEqualTo("svc");
    assertThat(directory.isTraced(self)).isTrue();
  }

  @Test
  void aLifeIsNotMistakenForTheNextOneWhoseFactsAreThereAlready() throws IOException {
    appear();
    long startTicks = found().startTicks();

    directory.executed(self, execution("first", startTicks));
    directory.learn(self, BINARY);
    assertThat(attribute("service.name")).isEqualTo("first");

    directory.executed(self, execution("second", startTicks));
    directory.started(found(), binary);
    directory.learn(self, BINARY);
    Resource second = directory.resource(self);
    assertThat(attribute("service.name")).isEqualTo("second");

    directory.ended(found());
    assertThat(directory.isTraced(self)).isFalse();
    directory.started(found(), binary);
    assertThat(directory.isTraced(self)).isTrue();
    assertThat(directory.resource(self)).as("one instance for a life").isSameAs(second);
  }

  @Test
  void anExecutionOfAnEarlierProcessWithTheSameIdSaysNothing() throws IOException {
    appear();
    directory.executed(self, execution("earlier", found().startTicks() - 1));
    directory.started(found(), binary);

    assertThat(attribute("service.name")).isEqualTo(ofThisProcess());
  }

  @Test
  void whoEndsWithoutARecordIsForgottenAtOnce() {
    directory.executed(self, execution("no-go", 1));
    directory.ended(self);
    directory.learn(self, BINARY);

    assertThat(attribute("service.name")).isEqualTo("svc");
  }

  @Test
  void aRecordOfABinaryWithoutProbesTeachesNothing() throws IOException {
    appear();

    assertThat(directory.learn(self, BINARY + 1)).isNull();
    assertThat(directory.resource(self)).isNull();
  }

  @Test
  void whatIsGoneIsKnownUntilItsLastRecordsAreReadAndThenForgotten() throws IOException {
    appear();
    directory.learn(self, BINARY);
    assertThat(directory.isTraced(self)).isTrue();
    directory.ended(self);
    directory.remove(BINARY);

    nanos += TimeUnit.SECONDS.toNanos(5);
    directory.purge();
    assertThat(directory.isTraced(self)).isFalse();
    assertThat(directory.resource(self)).isNotNull();
    assertThat(directory.binary(BINARY)).isSameAs(binary);

    nanos += TimeUnit.SECONDS.toNanos(6);
    directory.purge();
    assertThat(directory.resource(self)).isNull();
    assertThat(directory.binary(BINARY)).isNull();
  }

  private static Execution execution(String service, long startTicks) {
    return new Execution(startTicks, 0, "./" + service, Map.of("OTEL_SERVICE_NAME", service), true);
  }

  private String attribute(String key) {
    return directory.resource(self).getAttribute(AttributeKey.stringKey(key));
  }

  /** Its executable's name, as nothing in its environment tells another. */
  private String ofThisProcess() {
    return found().executable().substring(found().executable().lastIndexOf('/') + 1);
  }

  private TargetProcess found() {
    return ((ProcessLookup.Found) new ProcessTable().find(self)).process();
  }

  private void appear() throws IOException {
    Files.createSymbolicLink(proc.resolve(String.valueOf(self)), Path.of("/proc/self"));
  }
}
