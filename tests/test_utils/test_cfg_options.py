import argparse

import pytest
from mmengine.config import Config

from mmcl.utils.cfg_options import CfgOptions, apply_cfg_options
from mmcl.utils.errors import InputError


def parsed(*words):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions)
    return parser.parse_args(['--cfg-options', *words]).cfg_options


@pytest.fixture
def cfg():
    metric = dict(type='KNNMetric', k=200)
    return Config(
        dict(
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.03)),
            schedule=[dict(milestones=[120, 160]), dict(end=3)],
            name='a',
            flag=True,
            load_from=None,
            val_evaluator=metric,
            test_evaluator=metric,
        )
    )


def test_values_are_read_as_numbers_lists_words_and_none():
    given = parsed(
        'a=1', 'b=1e-3', 'c=True', 'd=None', 'e=[1,2]', 'f=(x,y)', 'g=1,2', 'h=word', "i='1'", 'j=a=b'
    )
    assert given == dict(
        a=1, b=1e-3, c=True, d=None, e=[1, 2], f=('x', 'y'), g=[1, 2], h='word', i='1', j='a=b'
    )


def test_option_given_twice_adds_up_and_plus_is_kept():
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions)
    args = parser.parse_args(['--cfg-options', 'a=1', '--cfg-options', '+b.c=2'])
    assert args.cfg_options == {'a': 1, '+b.c': 2}


@pytest.mark.parametrize('word', ['lr', '=3', '+=3', 'a=[1,2'])
def test_word_that_is_no_option_ends_in_usage_and_code_2(word, capsys):
    with pytest.raises(SystemExit, match='2'):
        parsed(word)
    assert word in capsys.readouterr().err


def test_nested_key_and_list_position_change_and_nothing_else(cfg):
    before = cfg.to_dict()
    apply_cfg_options(
        cfg, {'optim_wrapper.optimizer.lr': 1, 'schedule.0.milestones.1': 150, 'load_from': 'x.pth'}
    )
    before['optim_wrapper']['optimizer']['lr'] = 1
    before['schedule'][0]['milestones'][1] = 150
    before['load_from'] = 'x.pth'
    assert cfg.to_dict() == before
    assert cfg.optim_wrapper.optimizer.lr == 1


def test_part_that_two_keys_share_changes_only_where_it_is_named(cfg):
    apply_cfg_options(cfg, {'val_evaluator.k': 20})
    assert (cfg.val_evaluator.k, cfg.test_evaluator.k) == (20, 200)


def test_plus_creates_keys_and_whatever_leads_to_them(cfg):
    apply_cfg_options(cfg, {'+new.deep.key': 1, '+optim_wrapper.optimizer.momentum': 0.9, '+name': 'b'})
    assert (cfg.new.deep.key, cfg.optim_wrapper.optimizer.momentum, cfg.name) == (1, 0.9, 'b')


@pytest.mark.parametrize(
    'key, words',
    [
        (
            'optim_wrapper.optimizer.lrr',
            ["no key 'lrr'", "Did you mean 'lr'", '+optim_wrapper.optimizer.lrr=1'],
        ),
        ('optim_wraper.optimizer.lr', ["no key 'optim_wraper'", "Did you mean 'optim_wrapper'"]),
        ('schedule.2.end', ["'2'", 'list of 2', '0 to 1']),
        ('schedule.end', ["'end'", 'list of 2']),
        ('flag.deeper', ["'deeper'", 'flag']),
        ('+flag.deeper', ["'deeper'", 'flag']),
    ],
)
def test_path_to_nowhere_is_an_error_with_near_matches(cfg, key, words):
    before = cfg.to_dict()
    with pytest.raises(InputError) as error:
        apply_cfg_options(cfg, {key: 1})
    assert all(word in str(error.value) for word in words), str(error.value)
    assert cfg.to_dict() == before


@pytest.mark.parametrize(
    'key, value',
    [
        ('optim_wrapper.optimizer.lr', 'fast'),
        ('optim_wrapper.optimizer.lr', True),
        ('optim_wrapper.optimizer', 'SGD'),
        ('schedule.0.milestones', 120),
        ('flag', 1),
        ('name', 1),
        ('+name', 1),
    ],
)
def test_value_of_another_type_is_an_error(cfg, key, value):
    with pytest.raises(InputError, match=rf'(?s){value!r} is .*the config has'):
        apply_cfg_options(cfg, {key: value})


@pytest.mark.parametrize(
    'key, value',
    [
        ('optim_wrapper.optimizer.lr', 1),
        ('schedule.1.end', 2.5),
        ('schedule.0.milestones', (1, 2)),
        ('optim_wrapper', None),
        ('load_from', 3),
    ],
)
def test_numbers_lists_and_none_may_stand_for_each_other(cfg, key, value):
    apply_cfg_options(cfg, {key: value})
    node = cfg
    for step in key.split('.'):
        node = node[int(step) if step.isdecimal() else step]
    assert node == value
