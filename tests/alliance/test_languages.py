"""A reader sees the language that his browser likes best of those that there are."""

import pytest


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("en", "en-GB"),
        ("en-US,en;q=0.9", "en-GB"),
        ("en-AU,zh;q=0.8", "en-GB"),
        ("zh-TW,en;q=0.5", "zh-CN"),
        ("zh-Hans-CN,en;q=0.5", "zh-CN"),
        ("zh_CN,en;q=0.5", "zh-CN"),
        ("en_US", "en-GB"),
        ("fr,en;q=0.3,zh;q=0.2", "en-GB"),
        ("fr,de;q=0.5", "zh-CN"),
        ("*", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("", "zh-CN"),
        ("x" * 2000, "zh-CN"),
    ],
)
def test_the_page_is_in_the_language_that_is_liked_best(app, header, tag):
    page = app.test_client().get("/sign-in", headers={"Accept-Language": header})
    assert f'<html lang="{tag}"' in page.text
