package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.journal.LedgerStore;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.observe.StartedWith;
import io.davit.agent.observe.UnitInputs;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Unit;
import java.io.IOException;

/**
 * Notes in the ledger what a service was started with that Davit did not start: with every
 * observation, and before every step, since the step may replace the files that tell.
 */
final class UnitLives {

    private final Catalogue catalogue;
    private final LedgerStore ledger;

    UnitLives(Catalogue catalogue, LedgerStore ledger) {
        this.catalogue = catalogue;
        this.ledger = ledger;
    }

    /** Notes every new invocation of a running unit of ours. */
    void note(ReadOnlyHost host) throws IOException, InterruptedException {
        for (Profile profile : catalogue.profiles()) {
            for (Unit unit : profile.units()) {
                Ledger.UnitEntry entry = ledger.ledger().units().get(unit.name());
                if (entry != null && entry.role().equals(profile.role())) {
                    note(profile, unit, entry, host);
                }
            }
        }
    }

    private void note(Profile profile, Unit unit, Ledger.UnitEntry entry, ReadOnlyHost host)
            throws IOException, InterruptedException {
        var status = host.unit(unit.name());
        String life = StartedWith.life(unit, status);
        if (!status.up() || life.equals(entry.invocation())) {
            return;
        }
        var inputs = StartedWith.of(profile, unit, entry, status, host);
        if (!UnitInputs.complete(unit, inputs)) {
            return; // without the inventory key a secret slot has no digest yet
        }
        ledger.change(now ->
                entry.equals(now.units().get(unit.name()))
                        ? now.withUnit(unit.name(), entry.started(life, inputs))
                        : now); // a step has just started it and knows better
    }
}
