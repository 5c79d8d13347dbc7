// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.ledger.ServiceAccounts;
import io.goshawk.loader.session.CallsWithoutRecord;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.loader.text.Printable;
import io.opentelemetry.sdk.resources.Resource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings what became no record into the books of the service that it is of. The kernel knows
 * processes, and whose service a process is has to be found out while that life of it lasts.
 */
final class ServiceLosses {

  private final TracingSession session;
  private final TargetDirectory directory;
  private final ServiceAccounts services;

  /** Calls that had no room in the share of their process, by that, until somebody asks. */
  private final Map<String, Long> overShare = new LinkedHashMap<>();

  ServiceLosses(TracingSession session, TargetDirectory directory, ServiceAccounts services) {
    this.session = session;
    this.directory = directory;
    this.services = services;
    session.callsBeforeTracing().tell(this::before);
  }

  private void before(int pid, int binary, long calls) {
    services.notTraced(directory.resource(pid), calls);
  }

  /** A process's life is over. On the drain thread, before the directory hears of it. */
  void lifeEnds(int pid) {
    session
        .callsWithoutRecord()
        .gone(
            pid,
            (same, binary, calls) -> {
              if (directory.resource(pid) == null && binary != 0) {
                directory.learn(pid, binary);
              }
              count(pid, directory.resource(pid), calls);
              return true;
            });
  }

  /** Counts what came until now, but of processes of which nothing is known yet. */
  void look() {
    session
        .callsWithoutRecord()
        .tell(
            (pid, binary, calls) -> {
              Resource resource = directory.resource(pid);
              if (resource == null) {
                return false;
              }
              count(pid, resource, calls);
              return true;
            });
  }

  /** Counts what is left, once no probe is. */
  void atRest() {
    session
        .callsWithoutRecord()
        .tell(
            (pid, binary, calls) -> {
              count(pid, directory.resource(pid), calls);
              return true;
            });
    session
        .openCallsByProcess()
        .forEach((pid, calls) -> services.leftOpen(directory.resource(pid), calls));
  }

  private void count(int pid, @Nullable Resource resource, CallsWithoutRecord.Calls calls) {
    services.lost(resource, calls.lost());
    services.sampledOut(resource, calls.sampledOut());
    services.notTraced(resource, calls.withoutEnd());
    if (calls.overShare() > 0) {
      synchronized (overShare) {
        overShare.merge(name(pid, resource), calls.overShare(), Long::sum);
      }
    }
  }

  private static String name(int pid, @Nullable Resource resource) {
    String service = ServiceAccounts.name(resource);
    return service == null
        ? "process " + pid
        : "process " + pid + " (" + Printable.name(service) + ")";
  }

  /** The calls that had no room in their process's share, by process, since this was asked for. */
  Map<String, Long> takeOverShare() {
    synchronized (overShare) {
      Map<String, Long> taken = new LinkedHashMap<>(overShare);
      overShare.clear();
      return taken;
    }
  }
}
