package io.goshawk.collector.export.otlp;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.SpanBatch;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes spans as an {@code ExportTraceServiceRequest} in Protocol Buffers' binary form. The spans
 * are in that form already: this puts resources and scopes around them.
 *
 * <p>The numbers of fields are those of opentelemetry/proto/{collector/trace,trace,resource,
 * common}/v1. Members with their default value are left out. Confined to one thread at a time.
 */
public final class OtlpProtoWriter implements OtlpWriter {

  /** Bytes of the message, not copied. */
  private record Piece(byte[] bytes, int from, int to) {}

  /** Spans of one scope within a resource. */
  private record ScopeGroups(InstrumentationScopeInfo scope, List<SpanBatch.Group> groups) {}

  /** Spans of one resource. */
  private record ResourceGroups(Resource resource, List<ScopeGroups> scopes) {}

  /** From its beginning to its end. */
  private final List<Piece> message = new ArrayList<>();

  private final ProtoBuffer out = new ProtoBuffer();
  private int length;

  @Override
  public void write(SpanBatch batch) {
    message.clear();
    length = 0;
    // Back to front, since a length comes before what it is the length of.
    List<ResourceGroups> resources = byResource(batch);
    for (int i = resources.size() - 1; i >= 0; i--) {
      resourceSpans(resources.get(i));
    }
    Collections.reverse(message);
  }

  /** In order of appearance. Resources and scopes that are equal are mostly the same objects. */
  private static List<ResourceGroups> byResource(SpanBatch batch) {
    List<ResourceGroups> resources = new ArrayList<>();
    Map<Resource, ResourceGroups> known = new IdentityHashMap<>();
    for (SpanBatch.Group group : batch.groups()) {
      ResourceGroups home = known.get(group.resource());
      if (home == null) {
        home = new ResourceGroups(group.resource(), new ArrayList<>());
        known.put(group.resource(), home);
        resources.add(home);
      }
      groupsOf(group.scope(), home).add(group);
    }
    return resources;
  }

  private static List<SpanBatch.Group> groupsOf(
      InstrumentationScopeInfo scope, ResourceGroups home) {
    for (ScopeGroups known : home.scopes()) {
      if (known.scope() == scope) {
        return known.groups();
      }
    }
    ScopeGroups added = new ScopeGroups(scope, new ArrayList<>());
    home.scopes().add(added);
    return added.groups();
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void writeTo(OutputStream sink) throws IOException {
    for (Piece piece : message) {
      sink.write(piece.bytes(), piece.from(), piece.to() - piece.from());
    }
  }

  private void resourceSpans(ResourceGroups home) {
    int before = length;
    out.clear();
    stringUnlessEmpty(3, home.resource().getSchemaUrl());
    addWritten();
    for (int i = home.scopes().size() - 1; i >= 0; i--) {
      scopeSpans(home.scopes().get(i));
    }
    out.clear();
    AttributeFields.write(out, lengthTag(1), home.resource().getAttributes());
    out.endOfField(lengthTag(1), 0);
    out.varint(length - before + out.length());
    out.tag(lengthTag(1));
    addWritten();
  }

  private void scopeSpans(ScopeGroups home) {
    int before = length;
    InstrumentationScopeInfo scope = home.scope();
    out.clear();
    stringUnlessEmpty(3, scope.getSchemaUrl());
    addWritten();
    for (int i = home.groups().size() - 1; i >= 0; i--) {
      SpanBatch.Group group = home.groups().get(i);
      add(new Piece(group.bytes(), group.from(), group.to()));
    }
    out.clear();
    AttributeFields.write(out, lengthTag(3), scope.getAttributes());
    stringUnlessEmpty(2, scope.getVersion());
    stringUnlessEmpty(1, scope.getName());
    out.endOfField(lengthTag(1), 0);
    out.varint(length - before + out.length());
    out.tag(lengthTag(2));
    addWritten();
  }

  private void addWritten() {
    byte[] written = out.toByteArray();
    add(new Piece(written, 0, written.length));
  }

  private void add(Piece piece) {
    message.add(piece);
    length += piece.to() - piece.from();
  }

  private void stringUnlessEmpty(int field, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.string(lengthTag(field), value);
    }
  }
}
