"""What is kept: the only code that knows a path under `cache/`.

`layout` names the folders, `writing` and `shards` write a stage's records so that a kill at any moment
costs no more than the open shard, `artifacts` reads them back, `whole` does so a label at a time where there
are many shards, `studies` keeps what a user asked for, `tiles` the small pictures the pages show, `explained`
those that explain the method; `reading` says plainly what is damaged.
"""
