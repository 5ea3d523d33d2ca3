%% SPDX-License-Identifier: MIT
%%
%% The least that decides the same: a bare process, one number for each tenant, no audit.
-module(governor_light).
-export([start/1, check/3]).

start(#{limit := Limit, period := Period, burst := Burst}) ->
    Step = (Period + Limit - 1) div Limit,
    {ok, spawn_link(fun() -> loop(Step, Burst * Step, #{}, 0) end)}.

check(Governor, Tenant, Quantity) ->
    Alias = erlang:monitor(process, Governor, [{alias, reply_demonitor}]),
    Governor ! {check, Alias, Tenant, Quantity},
    receive
        {Alias, Reply} -> Reply;
        {'DOWN', Alias, _, _, Why} -> exit(Why)
    end.

loop(Step, Full, Tenants, Seq) ->
    receive
        {check, From, Tenant, Quantity} ->
            Now = os:system_time(nanosecond),
            Used = case Tenants of #{Tenant := Until} -> max(Until - Now, 0); _ -> 0 end,
            With = Used + Quantity * Step,
            case With =< Full of
                true ->
                    From ! {From, {allow, (Full - With) div Step, Seq}},
                    loop(Step, Full, Tenants#{Tenant => Now + With}, Seq + 1);
                false ->
                    From ! {From, {deny, With - Full, Seq}},
                    loop(Step, Full, Tenants, Seq + 1)
            end
    end.
