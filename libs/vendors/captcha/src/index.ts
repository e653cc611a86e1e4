export { createCaptcha, CaptchaVerifier, type CaptchaConfig, type CaptchaVerdict } from './captcha.js';
