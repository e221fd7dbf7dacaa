/**
 * The tests of atomicity and isolation (TPC-C 3.2.2 and 3.4.2), main file of the folder: the list, and the run of one of
 * them against a database. It runs on whatever thread drives the database, knows no engine and no protocol, and demands what
 * the specification demands: that a transaction met by another shows all of its effects to it or none, and never how a
 * database sees to that. Each scenario ends with the consistency conditions.
 */
import type { IsolationDriver } from './driver.ts';
import { type Meeting, type Scenario, ScenarioAbandoned, ScenarioRun } from './scenario.ts';
import { ATOMICITY_SCENARIOS } from './scenarios/atomicity.ts';
import { DELIVERY_SCENARIOS } from './scenarios/delivery.ts';
import { NEW_ORDER_SCENARIOS } from './scenarios/new-order.ts';
import { ORDER_STATUS_SCENARIOS } from './scenarios/order-status.ts';
import { PAYMENT_SCENARIOS } from './scenarios/payment.ts';
import { PHANTOM_SCENARIOS } from './scenarios/phantoms.ts';
import { PRICE_SCENARIOS } from './scenarios/prices.ts';
import { STOCK_LEVEL_SCENARIOS } from './scenarios/stock-level.ts';

/** Every scenario, in the order of the clauses; those beyond the specification follow the one that they resemble. */
export const SCENARIOS: readonly Scenario[] = [
  ...ATOMICITY_SCENARIOS,
  ...ORDER_STATUS_SCENARIOS,
  ...NEW_ORDER_SCENARIOS,
  ...PAYMENT_SCENARIOS,
  ...DELIVERY_SCENARIOS,
  ...PRICE_SCENARIOS,
  ...PHANTOM_SCENARIOS,
  ...STOCK_LEVEL_SCENARIOS,
];

export interface ScenarioResult {
  id: string;
  title: string;
  verdict: 'passed' | 'failed' | 'not applicable';
  /** Why it is not applicable, as half a sentence; else null. */
  reason: string | null;
  /** How transactions fared that met another one, in order. Several may pass by each other: that alone is no fault. */
  meetings: readonly Meeting[];
  /** What was seen, step by step. */
  observations: readonly string[];
  /** What is not as demanded, with both sides. */
  violations: readonly string[];
}

/**
 * Runs one scenario on a database of its own.
 * @param open opens it, freshly loaded; it is closed afterwards, whatever happens
 */
export async function runScenario(scenario: Scenario, open: () => Promise<IsolationDriver>): Promise<ScenarioResult> {
  const { id, title } = scenario;
  const driver = await open();
  const run = new ScenarioRun(driver);
  const { observations, violations, meetings } = run;
  try {
    if (scenario.changesPrices && driver.fixedPricesReason !== null) {
      const reason = driver.fixedPricesReason;
      return { id, title, verdict: 'not applicable', reason, meetings, observations, violations };
    }
    await takeSteps(scenario, run);
  } finally {
    await driver.close();
  }
  const verdict = violations.length === 0 ? 'passed' : 'failed';
  return { id, title, verdict, reason: null, meetings, observations, violations };
}

async function takeSteps(scenario: Scenario, run: ScenarioRun): Promise<void> {
  try {
    await scenario.steps(run);
  } catch (error) {
    if (!(error instanceof ScenarioAbandoned)) throw error;
    return;
  }
  const conditions = await run.driver.stored.conditions();
  run.equal('there are conditions to hold', conditions.length > 0, true);
  for (const { title, passed, violations } of conditions) {
    if (!passed) run.violations.push(`${title}: ${violations.join('; ')}`);
  }
}
