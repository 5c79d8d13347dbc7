// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Lets so many connections in at a time and closes what comes beyond. One event loop only. */
public final class ConnectionLimit extends ChannelInboundHandlerAdapter {
  private final int most;
  private final Runnable refused;
  private int open;

  private ConnectionLimit(int most, Runnable refused) {
    this.most = most;
    this.refused = refused;
  }

  /**
   * Channels that listen at an address, within the limit.
   *
   * @param refused told of each connection that was closed at once
   */
  public static ChannelFactory<ServerChannel> channels(
      SocketAddress address, int most, Runnable refused) {
    return () -> {
      ServerChannel channel =
          address instanceof UnixDomainSocketAddress
              ? new NioServerDomainSocketChannel()
              : new NioServerSocketChannel();
      // Before whatever serves the connections.
      channel.pipeline().addLast(new ConnectionLimit(most, refused));
      return channel;
    };
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    Channel connection = (Channel) accepted;
    if (open >= most) {
      connection.unsafe().closeForcibly();
      refused.run();
      return;
    }
    open++;
    connection.closeFuture().addListener(closed -> open--);
    context.fireChannelRead(accepted);
  }
}
