# SPDX-License-Identifier: MIT
#
# usage: graph.py NODES - a graph of objects with names, tags and edges; walked, sorted, let go.
import sys


class Node:
    def __init__(self, number):
        self.name = "node-%d" % number
        self.edges = []
        self.tags = {"kind": number % 17, "weight": number * 0.5}

    def connect(self, other, cost):
        self.edges.append((other, cost))
        other.tags[self.name] = str(cost)


def build(count):
    nodes = [Node(i) for i in range(count)]
    value = 12345
    for node in nodes:
        for _ in range(3):
            value = (value * 1103515245 + 12345) & 0x7FFFFFFF
            node.connect(nodes[value % count], value & 1023)
    return nodes


def reach(nodes):
    seen = set()
    front = [nodes[0]]
    while front:
        following = []
        for node in front:
            for other, _ in node.edges:
                if other.name not in seen:
                    seen.add(other.name)
                    following.append(other)
        front = following
    return len(seen)


def summary(nodes):
    lines = ["%s:%d" % (node.name, sum(cost for _, cost in node.edges)) for node in nodes]
    return len(" ".join(sorted(lines)))


graph = build(int(sys.argv[1]))
print(reach(graph), summary(graph))
