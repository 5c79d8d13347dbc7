// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The open books of the services: spans by the name of the service they are of. The drain thread
 * writes them, anyone reads.
 */
public final class ServiceAccounts {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final String UNKNOWN = "(unknown)";

  /** A name may be anything that a process says; further ones are counted together. */
  private static final int MOST_NAMES = 256;

  private static final String OTHERS = "(others)";

  /** One writer, so that a plain addition does, and no fence, which a reader has no need of. */
  private static final class Account {
    private final AtomicLong spans = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

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
    Account account = account(resource);
    Account.add(account.spans);
    if (failed) {
      Account.add(account.errors);
    }
  }

  /** A record became none. */
  public void lost(@Nullable Resource resource) {
    Account.add(account(resource).lost);
  }

  private Account account(@Nullable Resource resource) {
    Account last = lastAccount;
    if (last != null && resource == lastResource) {
      return last;
    }
    String name = resource == null ? null : resource.getAttribute(SERVICE_NAME);
    String known = name == null ? UNKNOWN : name;
    Account account = byName.get(known);
    if (account == null) {
      account =
          byName.computeIfAbsent(
              byName.size() < MOST_NAMES ? known : OTHERS, unused -> new Account());
    }
    lastResource = resource;
    lastAccount = account;
    return account;
  }

  /** The books as they are now, the service with the most spans first. */
  List<ServiceCounts> counts() {
    return byName.entrySet().stream()
        .map(
            entry ->
                new ServiceCounts(
                    entry.getKey(),
                    entry.getValue().spans.get(),
                    entry.getValue().errors.get(),
                    entry.getValue().lost.get()))
        .sorted(
            Comparator.comparingLong(ServiceCounts::spans)
                .reversed()
                .thenComparing(ServiceCounts::service))
        .toList();
  }
}
