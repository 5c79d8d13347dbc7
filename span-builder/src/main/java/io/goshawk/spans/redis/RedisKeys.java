// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.redis;

import java.util.Locale;
import java.util.Set;

/**
 * Knows of which commands the first argument is a key (https://redis.io/docs/latest/commands/).
 * That of all others may be a value, a password or a script.
 */
final class RedisKeys {
  private static final Set<String> COMMANDS =
      Set.of(
          (
              // Keys of any type, and strings.
              "append bitcount bitfield bitfield_ro bitpos copy decr decrby del dump exists expire"
                  + " expireat expiretime get getbit getdel getex getrange getset incr incrby"
                  + " incrbyfloat lcs mget mset msetnx persist pexpire pexpireat pexpiretime psetex"
                  + " pttl rename renamenx restore set setbit setex setnx setrange sort sort_ro strlen"
                  + " substr touch ttl type unlink watch"
                  // Hashes.
                  + " hdel hexists hexpire hexpireat hexpiretime hget hgetall hgetdel hgetex hincrby"
                  + " hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire hpexpireat hpexpiretime"
                  + " hpttl hrandfield hscan hset hsetex hsetnx hstrlen httl hvals"
                  // Lists.
                  + " blmove blpop brpop brpoplpush lindex linsert llen lmove lpop lpos lpush lpushx"
                  + " lrange lrem lset ltrim rpop rpoplpush rpush rpushx"
                  // Sets.
                  + " sadd scard sdiff sdiffstore sinter sinterstore sismember smembers smismember"
                  + " smove spop srandmember srem sscan sunion sunionstore"
                  // Sorted sets, and what is made of them.
                  + " bzpopmax bzpopmin geoadd geodist geohash geopos georadius georadiusbymember"
                  + " geosearch geosearchstore zadd zcard zcount zdiffstore zincrby zinterstore"
                  + " zlexcount zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore"
                  + " zrangestore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange"
                  + " zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunionstore"
                  // Logs and streams.
                  + " pfadd pfcount pfmerge xack xadd xautoclaim xclaim xdel xlen xpending xrange"
                  + " xrevrange xtrim"
                  // Documents.
                  + " json.arrappend json.arrlen json.del json.get json.merge json.mget json.numincrby"
                  + " json.objkeys json.set json.strlen json.type")
              .split(" "));

  private RedisKeys() {}

  /** Whether a command's first argument is a key. */
  static boolean isFirst(String command) {
    return COMMANDS.contains(command.toLowerCase(Locale.ROOT));
  }
}
