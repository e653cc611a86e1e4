import { defineEntity, p } from '@mikro-orm/core';

const VendorBudgetRowSchema = defineEntity({
  name: 'VendorBudgetRow',
  tableName: 'vendor_budget',
  properties: {
    vendor: p.text().primary(),
    tokens: p.double(),
    refilledAt: p.datetime(3),
  },
});

/** One bucket per vendor; see VendorBudget. */
export class VendorBudgetRow extends VendorBudgetRowSchema.class {}
VendorBudgetRowSchema.setClass(VendorBudgetRow);
