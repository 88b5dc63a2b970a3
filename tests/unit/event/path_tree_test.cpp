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

TEST(PathTree, FindsTheNodesOfItsPathsAndNoOthers) {
  const auto tree = tree_of({"a.b", "a", "a.b.c", "d[2]", "d[0]"});
  const auto a = tree.child(PathTree::kRoot, "a");
  const auto b = tree.child(a, "b");
  EXPECT_THAT(tree.fields(a), ElementsAre(1));
  EXPECT_THAT(tree.fields(b), ElementsAre(0));
  EXPECT_THAT(tree.fields_from(a), UnorderedElementsAre(0, 1, 2));
  EXPECT_EQ(tree.child(PathTree::kRoot, "b"), PathTree::kNone);
  EXPECT_EQ(tree.child(b, "a"), PathTree::kNone);
  const auto items = tree.list_children(tree.child(PathTree::kRoot, "d"));
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].index, 0);
  EXPECT_EQ(items[1].index, 2);
  EXPECT_THAT(tree.fields(items[1].node), ElementsAre(3));
}

TEST(PathTree, KeepsSeveralFieldsAtOnePath) {
  const auto tree = tree_of({"a", "a"});
  EXPECT_THAT(tree.fields(tree.child(PathTree::kRoot, "a")), ElementsAre(0, 1));
}

TEST(PathTree, TellsKeysOfEveryLengthApart) {
  std::vector<std::vector<PathStep>> paths;
  for (std::size_t length = 0; length < 40; ++length)
    for (const char end : {'x', 'y'}) paths.push_back({PathStep{std::string(length, 'k') + end}});
  const PathTree tree(paths);
  for (std::size_t field = 0; field < paths.size(); ++field) {
    const auto node = tree.child(PathTree::kRoot, paths[field][0].key);
    ASSERT_NE(node, PathTree::kNone);
    EXPECT_THAT(tree.fields(node), ElementsAre(field));
    EXPECT_EQ(tree.child(PathTree::kRoot, paths[field][0].key + "z"), PathTree::kNone);
  }
  EXPECT_EQ(tree.child(PathTree::kRoot, ""), PathTree::kNone);
}

}  // namespace
}  // namespace millrace
