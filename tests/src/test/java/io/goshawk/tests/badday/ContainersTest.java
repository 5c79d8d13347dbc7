// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Services in containers of one image: overlays, each with layers of its own over the same. */
class ContainersTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<Integer> CONTAINERS = List.of(1, 2, 3);

  private final Path folder = Repository.scratch("containers");
  private final Path spans = folder.resolve("spans.jsonl");
  private final Path layers = folder.resolve("layers");

  @BeforeEach
  void mount() throws IOException {
    Files.createDirectory(layers);
    run("mount", "-t", "tmpfs", "none", layers.toString());
    Files.createDirectory(layers.resolve("image"));
    Files.copy(Programs.SERVE, layers.resolve("image/svc"));
    for (int container : CONTAINERS) {
      Files.createDirectories(layers.resolve("up" + container));
      Files.createDirectories(layers.resolve("work" + container));
      Files.createDirectories(root(container));
      run(mountCommand(container));
    }
  }

  @AfterEach
  void unmount() {
    for (int container : CONTAINERS) {
      run("umount", "-l", root(container).toString());
    }
    run("umount", "-l", layers.toString());
  }

  @Test
  void eachRequestIsOneSpanAndNoContainerIsHeldUpByAnothers() throws IOException {
    try (Service one = Service.start(folder, program(1));
        Service two = Service.start(folder, program(2));
        Service three = Service.start(folder, program(3));
        Goshawk agent =
            Goshawk.attached(
                folder, Map.of(), "run", "--exe", program("*"), "--exporter", "file=" + spans)) {
      List<Service> services = List.of(one, two, three);
      for (Service service : services) {
        agent.process().awaitErrors("tracing process " + service.pid());
      }
      for (Service service : services) {
        service.get("/all", 4);
      }

      // Whichever's file carries the probes, its overlay ends with its container.
      one.process().terminate(LIMIT);
      awaitThatItsUpperLayerIsFree(1);
      two.get("/two", 2);
      three.get("/two", 2);
      two.process().terminate(LIMIT);
      awaitThatItsUpperLayerIsFree(2);
      three.get("/one", 3);
      try (Service again = Service.start(folder, program(1))) {
        agent.process().awaitErrors("tracing process " + again.pid());
        again.get("/again", 3);
        three.process().terminate(LIMIT);
        again.process().terminate(LIMIT);
      }
      awaitThatItsUpperLayerIsFree(3);

      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("requests seen")).as(summary.text()).isEqualTo(12 + 4 + 3 + 3);
      assertThat(SpanFile.paths(spans)).hasSize(12 + 4 + 3 + 3);
    }
  }

  /** With an index, the kernel mounts no upper layer that an overlay still has. */
  private void awaitThatItsUpperLayerIsFree(int container) {
    for (String[] command :
        List.of(new String[] {"umount", root(container).toString()}, mountCommand(container))) {
      Awaitility.await(String.join(" ", command))
          .atMost(LIMIT)
          .ignoreExceptions()
          .until(
              () -> {
                run(command);
                return true;
              });
    }
  }

  private String[] mountCommand(int container) {
    String options =
        "lowerdir=%1$s/image,upperdir=%1$s/up%2$d,workdir=%1$s/work%2$d,index=on"
            .formatted(layers, container);
    return new String[] {
      "mount", "-t", "overlay", "overlay", "-o", options, root(container).toString()
    };
  }

  private Path root(int container) {
    return layers.resolve("root" + container);
  }

  private Path program(int container) {
    return root(container).resolve("svc");
  }

  private String program(String containers) {
    return layers.resolve("root" + containers).resolve("svc").toString();
  }

  private void run(String... command) {
    ChildProcess.run(folder, Map.of(), LIMIT, List.of(command));
  }
}
