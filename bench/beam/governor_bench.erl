%% SPDX-License-Identifier: MIT
%%
%% usage: erl -noshell ... -s governor_bench main MODULE start COUNT
%%                                                MODULE bytes COUNT EVENTS
%%                                                MODULE calls CALLERS CALLS EVENTS
%% What bench/governor_beam.c measures, or reads from here, a number a line.
-module(governor_bench).
-export([main/1]).

-define(TENANTS, 16).

main([Module | Words]) ->
    run(Module, [case catch list_to_integer(atom_to_list(Word)) of
                     Number when is_integer(Number) -> Number;
                     _ -> Word
                 end || Word <- Words]),
    halt(0).

%% So large that nothing is denied: as it is for ours.
config(Events) ->
    #{limit => 1000000000, period => 60 * 1000000000, burst => 1000000000, events => Events}.

start(Module, Count, Events) ->
    [begin {ok, Governor} = Module:start(config(Events)), Governor end
     || _ <- lists:seq(1, Count)].

ask(_, _, 0) ->
    ok;
ask(Module, Governor, Left) ->
    Module:check(Governor, Left rem ?TENANTS, 1),
    ask(Module, Governor, Left - 1).

run(Module, [start, Count]) ->
    lists:foreach(fun(Governor) -> ask(Module, Governor, 1) end, start(Module, Count, 32));
%% Resident bytes a governor, as they are after work and after a collection of each one's garbage.
run(Module, [bytes, Count, Events]) ->
    Before = resident(),
    Governors = start(Module, Count, Events),
    lists:foreach(fun(Governor) -> ask(Module, Governor, 2 * Events) end, Governors),
    io:format("~b~n", [(resident() - Before) div Count]),
    lists:foreach(fun erlang:garbage_collect/1, Governors),
    Live = [element(2, erlang:process_info(Governor, memory)) || Governor <- Governors],
    io:format("~b~n~b~n", [lists:sum(Live) div Count, Before]);
run(Module, [calls, Callers, Calls, Events]) ->
    [Governor] = start(Module, 1, Events),
    ask(Module, Governor, 10000),
    Self = self(),
    Began = erlang:monotonic_time(nanosecond),
    Workers = [spawn_link(fun() -> ask(Module, Governor, Calls), Self ! {self(), done} end)
               || _ <- lists:seq(1, Callers)],
    lists:foreach(fun(Worker) -> receive {Worker, done} -> ok end end, Workers),
    io:format("~b~n", [(erlang:monotonic_time(nanosecond) - Began) div (Callers * Calls)]).

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:lexemes(Text, " "),
    binary_to_integer(Pages) * 4096.
