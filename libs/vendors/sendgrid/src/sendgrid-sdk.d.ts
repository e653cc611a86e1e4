/**
 * The SDK's typings hide its two classes behind `export =` of a ready-made instance that the whole process shares.
 * These name the classes of version 8.1.6 for an instance of our own.
 */
declare module '@sendgrid/client/src/classes/client.js' {
  import type client from '@sendgrid/client';
  const Client: new () => typeof client;
  export default Client;
}

declare module '@sendgrid/mail/src/classes/mail-service.js' {
  import type mail from '@sendgrid/mail';
  const MailService: new () => typeof mail;
  export default MailService;
}
