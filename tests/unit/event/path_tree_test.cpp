#include "engine/event/path_tree.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

PathTree tree_of(std::initializer_list<std::string_view> paths) {
  std::vector<std::vector<PathStep>> steps;
  for (const auto path : paths) steps.push_back(parse_path(path).value());
  return PathTree(steps);
}

PathTree::NodeId child(const PathTree& tree, PathTree::NodeId node, std::string_view key) {
  // What lies behind a key makes no difference, nor how much of it may be read.
  const std::string longer = std::string(key) + "\"}0123456789abcdef";
  const auto found = tree.child(node, key, key.data() + key.size());
  EXPECT_EQ(found, tree.child(node, {longer.data(), key.size()}, longer.data() + longer.size()));
  return found;
}

TEST(PathTree, FindsTheNodesOfItsPathsAndNoOthers) {
  const auto tree = tree_of({"a.b", "a", "a.b.c", "d[2]", "d[0]"});
  const auto a = child(tree, PathTree::kRoot, "a");
  const auto b = child(tree, a, "b");
  EXPECT_THAT(tree.fields(a), ElementsAre(1));
  EXPECT_THAT(tree.fields(b), ElementsAre(0));
  EXPECT_THAT(tree.fields_from(a), UnorderedElementsAre(0, 1, 2));
  EXPECT_EQ(child(tree, PathTree::kRoot, "b"), PathTree::kNone);
  EXPECT_EQ(child(tree, b, "a"), PathTree::kNone);
  const auto items = tree.list_children(child(tree, PathTree::kRoot, "d"));
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].index, 0);
  EXPECT_EQ(items[1].index, 2);
  EXPECT_THAT(tree.fields(items[1].node), ElementsAre(3));
}

TEST(PathTree, KeepsSeveralFieldsAtOnePath) {
  const auto tree = tree_of({"a", "a"});
  EXPECT_THAT(tree.fields(child(tree, PathTree::kRoot, "a")), ElementsAre(0, 1));
}

TEST(PathTree, TellsKeysOfEveryLengthApart) {
  std::vector<std::vector<PathStep>> paths;
  for (std::size_t length = 0; length < 40; ++length)
    for (const char end : {'x', 'y'}) paths.push_back({PathStep{std::string(length, 'k') + end}});
  const PathTree tree(paths);
  for (std::size_t field = 0; field < paths.size(); ++field) {
    const auto node = child(tree, PathTree::kRoot, paths[field][0].key);
    ASSERT_NE(node, PathTree::kNone);
    EXPECT_THAT(tree.fields(node), ElementsAre(field));
    EXPECT_EQ(child(tree, PathTree::kRoot, paths[field][0].key + "z"), PathTree::kNone);
  }
  EXPECT_EQ(child(tree, PathTree::kRoot, ""), PathTree::kNone);
}

}  // namespace
}  // namespace millrace
