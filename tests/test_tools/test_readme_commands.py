"""What the README tells people to type."""

import argparse
import shlex
from pathlib import Path

from mmcl.utils.cli import add_config_options, load_config

ROOT = Path(__file__).resolve().parents[2]


def test_the_options_of_speed_and_memory_pass_the_check_of_configs():
    text = (ROOT / 'README.md').read_text().split('## Speed and memory')[1].split('```')[1]
    lines = [line for line in text.replace('\\\n', '').splitlines() if '--cfg-options' in line]
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    found = []
    for line in lines:
        words = shlex.split(line, comments=True)
        args = parser.parse_args(words[words.index('--cfg-options') :])
        found += args.cfg_options
        load_config(str(ROOT / 'configs/simclr/r50_100e.py'), args.cfg_options)
    assert {key.lstrip('+').split('.')[-1] for key in found} == {
        'batch_size',
        'chunk_size',
        'activation_checkpointing',
        'type',
        'optimizer_type',
    }
