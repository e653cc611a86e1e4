import { billing } from './billing.js';
import { cost } from './cost.js';
import { deliverability } from './deliverability.js';
import { messaging } from './messaging.js';
import { onboarding } from './onboarding.js';
import type { DashboardPlan } from './panel.js';
import { provisioning } from './provisioning.js';
import { services } from './services.js';

export const dashboards: readonly DashboardPlan[] = [
  onboarding,
  provisioning,
  messaging,
  billing,
  deliverability,
  services,
  cost,
];
