// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import io.goshawk.config.tree.MapNode.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Makes a tree of one YAML document: YAML 1.2 with the core schema, and the merge key {@code <<},
 * which 1.2 has no longer and every user of the Collector expects.
 *
 * <p>Built from the parser's events and not from the library's own tree, whose composer recurses as
 * deep as the text nests. Depth and size are bounded with aliases counted as often as they stand,
 * so that a text of a few lines cannot become millions of values.
 */
final class YamlText {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NODES = 100_000;
  private static final int MAX_KEY_CHARACTERS = 1_000;

  private static final String CORE_TAGS = "tag:yaml.org,2002:";
  private static final String MERGE_KEY = "<<";

  /** What an anchor names, and what an alias to it adds to the tree. */
  private record Anchored(Node node, int nodes, int depth) {}

  /** A list or a map that is not at its end yet. */
  private static final class Frame {
    final Origin origin;
    final boolean map;
    final Optional<Anchor> anchor;
    final int nodesBefore;
    final List<Node> elements = new ArrayList<>();
    final Map<String, Entry> entries = new LinkedHashMap<>();
    final List<Node> merged = new ArrayList<>();
    @Nullable String key;
    Origin keyOrigin;

    /** Levels below this one. */
    int depth;

    Frame(Origin origin, CollectionStartEvent start, int nodesBefore) {
      this.origin = origin;
      this.keyOrigin = origin;
      this.map = start.getEventId() == Event.ID.MappingStart;
      this.anchor = start.getAnchor();
      this.nodesBefore = nodesBefore;
    }
  }

  private final String source;
  private final Substitution substitution;
  private final Findings findings;
  private final Deque<Frame> open = new ArrayDeque<>();
  private final Map<String, Anchored> anchors = new HashMap<>();
  private @Nullable Node root;
  private int nodes;

  private YamlText(String source, Substitution substitution, Findings findings) {
    this.source = source;
    this.substitution = substitution;
    this.findings = findings;
  }

  /**
   * Reads a document; an empty one is an empty map.
   *
   * @throws InvalidConfigException if it is no YAML, or more of it than a configuration can be
   */
  static Node read(String source, String text, Substitution substitution, Findings findings) {
    return new YamlText(source, substitution, findings).read(text);
  }

  private Node read(String text) {
    LoadSettings settings = LoadSettings.builder().setLabel(source).build();
    try {
      Iterator<Event> events = new Parse(settings).parseString(text).iterator();
      boolean started = false;
      while (events.hasNext()) {
        Event event = events.next();
        if (event.getEventId() == Event.ID.DocumentStart) {
          if (started) {
            throw invalid(event, "a second document begins here; one file is one configuration");
          }
          started = true;
        } else {
          event(event);
        }
      }
    } catch (MarkedYamlEngineException e) {
      Origin origin =
          e.getProblemMark().map(this::position).orElseGet(() -> new Origin.Source(source));
      String context = e.getContext() == null ? "" : e.getContext() + ", ";
      throw new InvalidConfigException(origin, "is no YAML: " + context + e.getProblem());
    } catch (YamlEngineException e) {
      throw new InvalidConfigException(new Origin.Source(source), "is no YAML: " + e.getMessage());
    }
    return root == null ? MapNode.empty(new Origin.Source(source)) : root;
  }

  private void event(Event event) {
    switch (event.getEventId()) {
      case Scalar -> scalar((ScalarEvent) event);
      case Alias -> alias((AliasEvent) event);
      case SequenceStart, MappingStart -> {
        count(event, 1);
        Frame frame = new Frame(position(event), (CollectionStartEvent) event, nodes);
        tag(event, ((CollectionStartEvent) event).getTag(), frame.map ? "map" : "seq");
        if (expectsKey()) {
          throw invalid(event, "a list or a map cannot be a key");
        }
        open.push(frame);
        if (open.size() > MAX_DEPTH) {
          throw invalid(event, "is nested deeper than " + MAX_DEPTH + " levels");
        }
      }
      case SequenceEnd, MappingEnd -> {
        Frame frame = open.pop();
        Node node = frame.map ? map(frame) : new ListNode(frame.origin, frame.elements);
        add(node, frame.depth + 1, frame.anchor, nodes - frame.nodesBefore + 1);
      }
      default -> {
        // The bounds of stream and document.
      }
    }
  }

  private void scalar(ScalarEvent event) {
    count(event, 1);
    Origin origin = position(event);
    if (expectsKey()) {
      key(event, origin);
      return;
    }
    String tag = tag(event, event.getTag(), "str", "int", "float", "bool", "null");
    boolean plain = event.isPlain() && !tag.equals("str");
    Frame frame = open.peek();
    if (plain && event.getValue().isEmpty() && frame != null && frame.map) {
      // What is not there has no place but its key's.
      origin = frame.keyOrigin;
    }
    ScalarNode value = substitution.apply(origin, this::path, event.getValue(), plain);
    add(value, 0, event.getAnchor(), 1);
  }

  /** Whatever is written as a key is one, as text: nothing is put into it. */
  private void key(ScalarEvent event, Origin origin) {
    Frame frame = open.element();
    String key = event.getValue();
    if (event.isPlain() && key.isEmpty()) {
      throw invalid(event, "has a value without a key");
    }
    if (key.length() > MAX_KEY_CHARACTERS) {
      throw invalid(event, "has a key of more than " + MAX_KEY_CHARACTERS + " characters");
    }
    Entry before = frame.entries.get(key);
    if (before != null) {
      findings.error(
          origin, path(), "\"" + key + "\" is here a second time, after " + before.keyOrigin());
    }
    event
        .getAnchor()
        .ifPresent(
            anchor ->
                anchors.put(anchor.getValue(), new Anchored(ScalarNode.text(origin, key), 1, 0)));
    frame.key = key;
    frame.keyOrigin = origin;
  }

  private void alias(AliasEvent event) {
    Anchored anchored = anchors.get(event.getAlias().getValue());
    if (anchored == null) {
      throw invalid(
          event, "*" + event.getAlias().getValue() + " stands for nothing that ended before it");
    }
    if (expectsKey()) {
      throw invalid(event, "an alias cannot be a key");
    }
    count(event, anchored.nodes());
    if (open.size() + anchored.depth() > MAX_DEPTH) {
      throw invalid(event, "is nested deeper than " + MAX_DEPTH + " levels with what it names");
    }
    add(anchored.node(), anchored.depth(), Optional.empty(), 0);
  }

  private boolean expectsKey() {
    Frame frame = open.peek();
    return frame != null && frame.map && frame.key == null;
  }

  private void add(Node node, int depth, Optional<Anchor> anchor, int count) {
    anchor.ifPresent(name -> anchors.put(name.getValue(), new Anchored(node, count, depth)));
    Frame frame = open.peek();
    if (frame == null) {
      root = node;
      return;
    }
    frame.depth = Math.max(frame.depth, depth);
    if (!frame.map) {
      frame.elements.add(node);
      return;
    }
    String key = frame.key;
    frame.key = null;
    if (MERGE_KEY.equals(key)) {
      merge(frame, node);
    } else if (key != null) {
      frame.entries.putIfAbsent(key, new Entry(frame.keyOrigin, node));
    }
  }

  /** One map, or several of which the first has the last word. */
  private void merge(Frame frame, Node value) {
    List<Node> maps = value instanceof ListNode list ? list.elements() : List.of(value);
    for (Node map : maps) {
      if (map instanceof MapNode) {
        frame.merged.add(map);
      } else {
        findings.error(
            frame.keyOrigin, path(), "<< takes a map or a list of maps, mostly an alias to one");
      }
    }
  }

  private static MapNode map(Frame frame) {
    for (Node node : frame.merged) {
      ((MapNode) node).entries().forEach(frame.entries::putIfAbsent);
    }
    return new MapNode(frame.origin, frame.entries);
  }

  /** The short name of a tag of the core schema; empty if there is none. */
  private String tag(Event event, Optional<String> tag, String... allowed) {
    if (tag.isEmpty() || tag.get().equals("!")) {
      // A lone ! says that what follows is text (YAML 1.2.2, section 6.9.1).
      return tag.isEmpty() ? "" : "str";
    }
    for (String name : allowed) {
      if (tag.get().equals(CORE_TAGS + name)) {
        return name;
      }
    }
    throw invalid(event, "the tag " + tag.get() + " is not known");
  }

  private void count(Event event, int more) {
    nodes += more;
    if (nodes > MAX_NODES) {
      throw invalid(event, "is more than " + MAX_NODES + " values, with aliases in their places");
    }
  }

  private InvalidConfigException invalid(Event event, String what) {
    return new InvalidConfigException(List.of(new Finding(position(event), path(), what)));
  }

  /** The keys that lead to where we are. */
  private String path() {
    String path = "";
    for (Iterator<Frame> frames = open.descendingIterator(); frames.hasNext(); ) {
      Frame frame = frames.next();
      if (!frame.map) {
        path = Finding.element(path, frame.elements.size());
      } else if (frame.key != null) {
        path = Finding.member(path, frame.key);
      }
    }
    return path;
  }

  private Origin position(Event event) {
    return event.getStartMark().map(this::position).orElseGet(() -> new Origin.Source(source));
  }

  private Origin position(Mark mark) {
    return new Origin.Position(source, mark.getLine() + 1, mark.getColumn() + 1);
  }
}
