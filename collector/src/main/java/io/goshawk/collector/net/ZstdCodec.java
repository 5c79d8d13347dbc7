// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.net;

import io.grpc.Codec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** {@link Zstd} for gRPC. */
public final class ZstdCodec implements Codec {

  @Override
  public String getMessageEncoding() {
    return Zstd.NAME;
  }

  @Override
  public OutputStream compress(OutputStream to) throws IOException {
    return Zstd.INSTANCE.compress(to);
  }

  @Override
  public InputStream decompress(InputStream from) throws IOException {
    return Zstd.INSTANCE.decompress(from);
  }
}
