// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.mongo;

import java.util.Set;

/**
 * Knows of which commands the first argument is a collection
 * (https://www.mongodb.com/docs/manual/reference/command/), or of getMore the second. That of all
 * others may be a user, a role or anything else.
 */
final class MongoCommands {
  private static final Set<String> WITH_COLLECTION =
      Set.of(
          "aggregate",
          "cloneCollectionAsCapped",
          "collMod",
          "collStats",
          "compact",
          "convertToCapped",
          "count",
          "create",
          "createIndexes",
          "createSearchIndexes",
          "delete",
          "distinct",
          "drop",
          "dropIndexes",
          "dropSearchIndex",
          "find",
          "findAndModify",
          "getMore",
          "insert",
          "killCursors",
          "listIndexes",
          "mapReduce",
          "planCacheClear",
          "planCacheClearFilters",
          "planCacheListFilters",
          "planCacheSetFilter",
          "reIndex",
          "update",
          "updateSearchIndex",
          "validate");

  private MongoCommands() {}

  /** Whether the string that a command has first is a collection's name. */
  static boolean haveCollection(String command) {
    return WITH_COLLECTION.contains(command);
  }
}
