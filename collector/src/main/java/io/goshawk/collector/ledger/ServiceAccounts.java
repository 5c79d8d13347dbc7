// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The open books of the services: calls by the name of the service they are of. {@link #built} is
 * the drain thread's; all else is for any thread.
 */
public final class ServiceAccounts {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final String UNKNOWN = "(unknown)";

  /** A name may be anything that a process says; further ones are counted together. */
  private static final int MOST_NAMES = 256;

  private static final String OTHERS = "(others)";

  private static final class Account {
    /** One writer, so that a plain addition does, and no fence, which a reader has no need of. */
    private final AtomicLong spans = new AtomicLong();

    private final AtomicLong errors = new AtomicLong();
    private final LongAdder lost = new LongAdder();
    private final LongAdder sampledOut = new LongAdder();
    private final LongAdder notTraced = new LongAdder();
    private final LongAdder open = new LongAdder();

    static void add(AtomicLong counter) {
      counter.lazySet(counter.getPlain() + 1);
    }
  }

  private final Map<String, Account> byName = new ConcurrentHashMap<>();
  private @Nullable Resource lastResource;
  private @Nullable Account lastAccount;

  ServiceAccounts() {}

  /**
   * A record became a span.
   *
   * @param resource of its process; null if that is not known
   */
  public void built(@Nullable Resource resource, boolean failed) {
    Account account = lastAccount;
    if (account == null || resource != lastResource) {
      account = account(resource);
      lastResource = resource;
      lastAccount = account;
    }
    Account.add(account.spans);
    if (failed) {
      Account.add(account.errors);
    }
  }

  /** Calls became no span, though they were to. */
  public void lost(@Nullable Resource resource, long calls) {
    if (calls > 0) {
      account(resource).lost.add(calls);
    }
  }

  /** Calls were not to become spans. */
  public void sampledOut(@Nullable Resource resource, long calls) {
    if (calls > 0) {
      account(resource).sampledOut.add(calls);
    }
  }

  /**
   * Calls came before their process was traced, were open when it was no longer to be, or their end
   * could not have been seen.
   */
  public void notTraced(@Nullable Resource resource, long calls) {
    if (calls > 0) {
      account(resource).notTraced.add(calls);
    }
  }

  /** Calls had not ended when the agent did. */
  public void leftOpen(@Nullable Resource resource, long calls) {
    if (calls > 0) {
      account(resource).open.add(calls);
    }
  }

  /** The name of the service that a process is of; null if that is not known. */
  public static @Nullable String name(@Nullable Resource resource) {
    return resource == null ? null : resource.getAttribute(SERVICE_NAME);
  }

  private Account account(@Nullable Resource resource) {
    String name = name(resource);
    String known = name == null ? UNKNOWN : name;
    Account account = byName.get(known);
    return account != null
        ? account
        : byName.computeIfAbsent(
            byName.size() < MOST_NAMES ? known : OTHERS, unused -> new Account());
  }

  /** The books as they are now, the service with the most requests first. */
  List<ServiceCounts> counts() {
    return byName.entrySet().stream()
        .map(
            entry ->
                new ServiceCounts(
                    entry.getKey(),
                    entry.getValue().spans.get(),
                    entry.getValue().errors.get(),
                    entry.getValue().lost.sum(),
                    entry.getValue().sampledOut.sum(),
                    entry.getValue().notTraced.sum(),
                    entry.getValue().open.sum()))
        .sorted(
            Comparator.comparingLong(ServiceCounts::requests)
                .reversed()
                .thenComparing(ServiceCounts::service))
        .toList();
  }
}
