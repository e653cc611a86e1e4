import { defineEntity, p } from '@mikro-orm/core';

const WebFileSchema = defineEntity({
  name: 'WebFile',
  tableName: 'web_file',
  properties: {
    name: p.text().primary(),
    content: p.blob(),
    servedAt: p.datetime().index(),
  },
});

/** A file of the web application as some release has it; kept and read by kept-web-files.ts. */
export class WebFile extends WebFileSchema.class {}
WebFileSchema.setClass(WebFile);
