%% SPDX-License-Identifier: MIT
%%
%% A quota's governor as a gen_server: GCRA for each tenant, and an audit of the latest decisions with
%% what an event of tare/governor.h has.
-module(governor_server).
-behaviour(gen_server).
-export([start/1, check/3, init/1, handle_call/3, handle_cast/2]).

-record(event, {time, seq, tenant, quantity, remaining, op, verdict, reason, state, feature, flags}).
-record(decision, {verdict, reason, state_from, state_to, flags, limit, remaining, retry_after,
                   reset_after, seq}).
-record(governor, {step, full, burst, tenants = #{}, events = queue:new(), kept = 0, most,
                   seq = 0, last = 0, denied = 0, errors = 0}).

start(Config) ->
    gen_server:start_link(?MODULE, Config, []).

check(Governor, Tenant, Quantity) ->
    gen_server:call(Governor, {check, Tenant, Quantity}).

init(#{limit := Limit, period := Period, burst := Burst, events := Most}) ->
    Step = (Period + Limit - 1) div Limit,
    {ok, #governor{step = Step, full = Burst * Step, burst = Burst, most = Most}}.

handle_call({check, Tenant, Quantity}, _From, State = #governor{burst = Burst})
  when is_integer(Quantity), Quantity > 0, Quantity =< Burst ->
    Now = max(os:system_time(nanosecond), State#governor.last),
    #governor{step = Step, full = Full, tenants = Tenants, seq = Seq} = State,
    {Until, Before} = maps:get(Tenant, Tenants, {Now, within}),
    Used = max(Until - Now, 0),
    With = Used + Quantity * Step,
    {Verdict, Reason, After, Left, Retry} =
        case With =< Full of
            true -> {allow, ok, within, With, -1};
            false -> {deny, over_quota, exceeded, Used, With - Full}
        end,
    Remaining = (Full - Left) div Step,
    Flags = case Remaining * 5 < Burst of true -> [near_limit]; false -> [] end,
    Event = #event{time = Now, seq = Seq, tenant = Tenant, quantity = Quantity,
                   remaining = Remaining, op = check, verdict = Verdict, reason = Reason,
                   state = After, feature = none, flags = Flags},
    Decision = #decision{verdict = Verdict, reason = Reason, state_from = Before,
                         state_to = After, flags = Flags, limit = Burst,
                         remaining = Remaining, retry_after = Retry, reset_after = Left,
                         seq = Seq},
    Denied = case Verdict of deny -> 1; allow -> 0 end,
    {reply, Decision,
     record(Event, State#governor{tenants = Tenants#{Tenant => {Now + Left, After}},
                                  seq = Seq + 1, last = Now,
                                  denied = State#governor.denied + Denied})};
handle_call(_, _From, State) ->
    {reply, {error, bad_quantity}, State#governor{errors = State#governor.errors + 1}}.

handle_cast(_, State) ->
    {noreply, State}.

record(Event, State = #governor{events = Events, kept = Kept, most = Most}) when Kept < Most ->
    State#governor{events = queue:in(Event, Events), kept = Kept + 1};
record(Event, State = #governor{events = Events}) ->
    State#governor{events = queue:in(Event, queue:drop(Events))}.
