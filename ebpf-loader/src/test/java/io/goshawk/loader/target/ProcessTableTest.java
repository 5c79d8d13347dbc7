package io.goshawk.loader.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessTableTest {

  private static final String TCP_HEADER =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

  private static final String CONTAINER =
      "7c24d5a1f0b39e8877c24d5a1f0b39e8877c24d5a1f0b39e8877c24d5a1f0b39";

  @TempDir Path folder;

  private FakeProc proc;

  @BeforeEach
  void mount() {
    proc = new FakeProc(folder);
  }

  @Test
  void findsAProcessWhoseNameLooksLikeOtherFieldsOfStat() {
    proc.process(7, "a) S (1 2", proc.binary("/opt/svc"));

    assertThat(found(7).startTicks()).isEqualTo(4242);
    assertThat(found(7).executable()).endsWith("/opt/svc");
    assertThat(found(7).parentPid()).isEqualTo(1);
  }

  @Test
  void tellsAThreadFromAProcessAndNamesTheProcess() {
    proc.process(8, 7, "worker");

    assertThat(proc.table().find(8)).isEqualTo(new ProcessLookup.NotAProcess(8, 7));
    assertThat(message(8)).contains("thread of process 7").contains("--pid 7");
  }

  @Test
  void tellsAnIdThatNobodyHas() {
    assertThat(message(99)).contains("no process has the id 99");
  }

  @Test
  void tellsAKernelThread() {
    proc.process(2, 2, "kthreadd");

    assertThat(message(2)).contains("kthreadd").contains("kernel thread");
  }

  @Test
  void selectsByFileNameOrByWholePath() {
    Path checkout = proc.binary("/opt/shop/checkout");
    proc.process(10, "checkout", checkout).process(11, "other", proc.binary("/opt/other"));

    assertThat(select(glob("check*"))).containsExactly(10);
    assertThat(select(glob(checkout.getParent() + "/*"))).containsExactly(10);
    assertThat(select(glob("**/opt/**"))).containsExactly(10, 11);
    assertThat(select(glob("opt"))).isEmpty();
  }

  @Test
  void selectsTheListenersOfAPortButNotItsClients() {
    Path binary = proc.binary("/opt/svc");
    String tcp6 =
        TCP_HEADER
            + "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A"
            + " 00000000:00000000 00:00000000 00000000     0        0 7001 1 0000 100 0 0 10 0\n";
    String tcp =
        TCP_HEADER
            + "   0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0"
            + " 7002 1\n"
            + "   1: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  0  0"
            + " 7003 1\n";
    for (int pid : List.of(20, 21, 22)) {
      proc.process(pid, "svc", binary).file(pid, "net/tcp", tcp).file(pid, "net/tcp6", tcp6);
    }
    proc.descriptor(20, 0, "pipe:[9]").descriptor(20, 3, "socket:[7001]");
    proc.descriptor(21, 3, "socket:[7002]");
    proc.descriptor(22, 3, "socket:[7003]");

    assertThat(select(ports("8080"))).containsExactly(20);
    assertThat(select(ports("8081"))).containsExactly(21);
    assertThat(select(ports("8000-8100"))).containsExactly(20, 21);
    assertThat(select(ports("40000"))).as("a client's own port").isEmpty();
  }

  @Test
  void looksPortsUpInTheNetworkNamespaceOfEachProcess(@TempDir Path other) {
    FakeProc namespaced = new FakeProc(other);
    Path binary = namespaced.binary("/opt/svc");
    namespaced.process(30, "svc", binary).file(30, "net/tcp", TCP_HEADER);
    namespaced.descriptor(30, 3, "socket:[7001]");

    assertThat(namespaced.table().select(ports("8080")).processes()).isEmpty();
  }

  @Test
  void readsWhatDescribesAProcess() {
    proc.process(40, "svc", proc.binary("/opt/svc"))
        .file(40, "environ", "OTEL_SERVICE_NAME=shop\0EMPTY=\0NOT_A_VARIABLE\0A=b=c\0")
        .file(40, "cmdline", "./svc\0--flag\0\0last\0")
        .file(40, "cgroup", "0::/system.slice/docker-" + CONTAINER + ".scope\n");

    ProcessFacts facts = proc.table().facts(found(40));

    assertThat(facts.environment())
        .containsOnly(
            java.util.Map.entry("OTEL_SERVICE_NAME", "shop"),
            java.util.Map.entry("EMPTY", ""),
            java.util.Map.entry("A", "b=c"));
    assertThat(facts.commandLine()).containsExactly("./svc", "--flag", "", "last");
    assertThat(facts.owner()).as("the effective user").isEqualTo("shop");
    assertThat(proc.table().epochMillis(facts.process().startTicks()))
        .isEqualTo(1_700_000_042_420L);
    assertThat(facts.containerId()).contains(CONTAINER);
  }

  @Test
  void namesNoUserOfAProcessThatHasAnotherRoot(@TempDir Path container) {
    proc.process(43, "svc", proc.binary("/opt/svc")).root(43, container);

    assertThat(proc.table().facts(found(43)).owner()).isEqualTo("1001");
  }

  @Test
  void readsTheContainerFromItsMountsWhereTheCgroupIsHidden() {
    proc.process(41, "svc", proc.binary("/opt/svc"))
        .file(41, "cgroup", "0::/\n")
        .file(
            41,
            "mountinfo",
            "629 611 8:1 /var/lib/docker/containers/"
                + CONTAINER
                + "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n");

    assertThat(proc.table().facts(found(41)).containerId()).contains(CONTAINER);
  }

  @Test
  void hasNoContainerForAProcessOfTheHost() {
    proc.process(42, "svc", proc.binary("/opt/svc")).file(42, "cgroup", "0::/user.slice\n");

    assertThat(proc.table().facts(found(42)).containerId()).isEmpty();
  }

  @Test
  void knowsTheHost() {
    assertThat(proc.table().host())
        .isEqualTo(new HostFacts("box", "0e0d6a36-5dd5-4ae5-8b42-6f1c6c1fb1c1"));
  }

  @Test
  void readsPortsAndRefusesWhatIsNone() {
    assertThat(PortSet.parse("80, 8000-8099").contains(8099)).isTrue();
    assertThat(PortSet.parse("80,8000-8099").contains(8100)).isFalse();
    assertThat(PortSet.parse("80,8000-8099")).hasToString("80,8000-8099");
    for (String wrong : List.of("", "http", "0", "70000", "90-80", "1-2-3", "80,")) {
      assertThatThrownBy(() -> PortSet.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private TargetProcess found(int pid) {
    ProcessLookup lookup = proc.table().find(pid);
    assertThat(lookup).isInstanceOf(ProcessLookup.Found.class);
    return ((ProcessLookup.Found) lookup).process();
  }

  private String message(int pid) {
    ProcessLookup lookup = proc.table().find(pid);
    assertThat(lookup).isInstanceOf(ProcessLookup.Missing.class);
    return ((ProcessLookup.Missing) lookup).message();
  }

  private List<Integer> select(TargetSelector selector) {
    return proc.table().select(selector).processes().stream().map(TargetProcess::pid).toList();
  }

  private static TargetSelector glob(String pattern) {
    return new TargetSelector(Set.of(), List.of(new PathGlob(pattern)), PortSet.NONE);
  }

  @Test
  void selectsByTheCgroupOfAnyHierarchy() {
    Path binary = proc.binary("/opt/svc");
    proc.process(50, "svc", binary).file(50, "cgroup", "0::/system.slice/shop.service\n");
    proc.process(51, "svc", binary)
        .file(51, "cgroup", "9:name=systemd:/system.slice/a:b.service\n1:cpu:/\n0::/\n");
    proc.process(52, "svc", binary).file(52, "cgroup", "0::/user.slice/shop\n");

    assertThat(select(cgroups("/system.slice/*"))).containsExactly(50, 51);
    assertThat(select(cgroups("shop.service"))).containsExactly(50);
    assertThat(select(cgroups("/system.slice/a:b.service"))).containsExactly(51);
    assertThat(select(cgroups("/"))).as("every line counts").containsExactly(51);
    assertThat(select(cgroups("system.slice"))).isEmpty();
    assertThat(select(cgroups("*").without(cgroups("/system.slice/*")))).containsExactly(52);
  }

  @Test
  void selectsByTheBeginningOfAContainersId() {
    Path binary = proc.binary("/opt/svc");
    proc.process(60, "svc", binary)
        .file(60, "cgroup", "0::/system.slice/docker-" + CONTAINER + ".scope\n");
    proc.process(61, "svc", binary).file(61, "cgroup", "0::/user.slice/7c24d5a1f0b3\n");

    assertThat(select(containers(CONTAINER))).containsExactly(60);
    assertThat(select(containers("7c24d5a1"))).containsExactly(60);
    assertThat(select(containers("7c24d5a2"))).isEmpty();
    assertThat(select(containers("24d5a1f0"))).isEmpty();
    assertThat(select(glob("svc").without(containers("7c24d5a1")))).containsExactly(61);
  }

  @Test
  void selectsByTheNameOfTheServiceAndTellsWhichHaveOthers() {
    Path binary = proc.binary("/opt/svc");
    proc.process(70, "svc", binary).file(70, "environ", "OTEL_SERVICE_NAME=shop/checkout\0");
    proc.process(71, "svc", binary).file(71, "environ", "OTEL_SERVICE_NAME=checkout\0");
    proc.process(72, "svc", binary);

    assertThat(select(services("shop/*"))).containsExactly(70);
    assertThat(select(services("check*"))).as("the whole name").containsExactly(71);
    Selection selection = proc.table().select(services("*").without(services("shop*")));
    assertThat(selection.processes()).extracting(TargetProcess::pid).containsExactly(71);
    assertThat(selection.others()).extracting(TargetProcess::pid).containsExactly(72);
    assertThat(proc.table().select(glob("nothing")).others()).isEmpty();
  }

  private static TargetSelector cgroups(String pattern) {
    return groups(List.of(new PathGlob(pattern)), List.of(), List.of());
  }

  private static TargetSelector containers(String id) {
    return groups(List.of(), List.of(id), List.of());
  }

  private static TargetSelector services(String pattern) {
    return groups(List.of(), List.of(), List.of(new Glob(pattern)));
  }

  private static TargetSelector groups(
      List<PathGlob> cgroups, List<String> containers, List<Glob> services) {
    return new TargetSelector(
        Set.of(), List.of(), PortSet.NONE, cgroups, containers, services, Optional.empty());
  }

  private static TargetSelector ports(String ports) {
    return new TargetSelector(Set.of(), List.of(), PortSet.parse(ports));
  }
}
