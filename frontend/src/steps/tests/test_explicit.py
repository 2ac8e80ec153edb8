import unittest

import support  # first: it finds the scripts
import explicit


class Pinned(support.TestCase):
    def setUp(self):
        super().setUp()
        self.explicit = explicit.Explicit(
            {
                "indexes": [
                    {"url": "https://a/simple", "packages": ["torch*", "nvidia-*"]},
                    {"url": "https://b/\"simple", "packages": ["torchvision", "own"]},
                ]
            }
        )

    def test_the_first_index_whose_pattern_matches(self):
        for name, url in (("torch", "https://a/simple"), ("torchvision", "https://a/simple"), ("six", None)):
            self.assertEqual(self.explicit.url(name), url, name)
        self.assertEqual(self.explicit.url("own"), 'https://b/"simple')
        self.assertIsNone(self.explicit.url("owner"))

    def test_names_are_added_once(self):
        self.assertTrue(self.explicit.add({"torch", "six"}))
        self.assertFalse(self.explicit.add({"torch", "scipy"}))
        self.assertTrue(self.explicit.add({"own"}))
        self.assertEqual(sorted(self.explicit.names), ["own", "torch"])

    def test_a_project_says_it_to_uv(self):
        self.explicit.add({"own", "torch"})
        self.assertEqual(
            self.explicit.project(),
            [
                "[project]",
                'name = "lamina-packages"',
                'version = "0"',
                'dependencies = ["own", "torch"]',
                "[[tool.uv.index]]",
                'name = "lamina-0"',
                'url = "https://a/simple"',
                "explicit = true",
                "[[tool.uv.index]]",
                'name = "lamina-1"',
                'url = "https://b/\\"simple"',
                "explicit = true",
                "[tool.uv.sources]",
                'own = { index = "lamina-1" }',
                'torch = { index = "lamina-0" }',
            ],
        )
        self.assertIn('dependencies = ["own"]', self.explicit.project({"own", "six"}))

    def test_arguments_are_for_fixed_versions(self):
        self.assertEqual(self.explicit.arguments()[-2:], ["--index", 'https://b/"simple'])
        self.assertEqual(explicit.Explicit({"indexes": []}).arguments(), [])


if __name__ == "__main__":
    unittest.main()
