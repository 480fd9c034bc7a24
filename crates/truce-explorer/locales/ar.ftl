# كلمات المستعرض. للملفات الخمسة المفاتيح نفسها والمتغيرات نفسها، وثمة اختبار يتحقق من ذلك.
# اللغة لغة وثائق الأمم المتحدة ومنظمة الأمن والتعاون في أوروبا. ولا يقول المستعرض أبدا من هو المحق.

## الإطار
brand-of = مستعرض السجل
skip = الانتقال إلى المحتوى
nav-rooms = الأقسام
nav-languages = اللغة
nav-overview = نظرة عامة
nav-timeline = التسلسل الزمني
nav-map = الخريطة
nav-calendar = التقويم
nav-records = القيود
nav-parties = الأطراف والمفاتيح
nav-checkpoints = نقاط التحقق
nav-verify = التحقق
nav-data = البيانات
nav-about = كيف تتحقق بنفسك
foot-said = يبين المستعرض من صرّح بماذا ومتى. ولا يقول إن بيانا ما صحيح، ولا يقول أبدا من خرق اتفاقا.
foot-times = الأوقات بالتوقيت العالمي المنسق (UTC)، بصيغة «سنة-شهر-يوم ساعة:دقيقة». ويظهر توقيتك المحلي بجانبها إن أتاح متصفحك ذلك.
foot-readonly = للقراءة فقط. لا ملفات تعريف ارتباط، ولا حسابات، ولا طلبات إلى مواقع أخرى.

## سطر الحالة
status-label = حالة التحقق
status-green = تم التحقق
status-amber = تنبيه
status-red = لم يثبت التحقق
status-verified = فحص هذا المستعرض جميع قيود السجل وعددها { $size } حتى آخر نقطة تحقق، بما فيها كل توقيع، ووجدها سليمة ({ $when }).
status-catching-up = في السجل قيود أكثر مما يُعرض: تم التحقق من { $size }، والمنشور { $published }. ويجري فحص الباقي.
status-unreachable = تتعذر قراءة السجل حاليا. المعروض سبق التحقق منه: { $size } من القيود ({ $when }).
status-witnesses = وقّع على نقطة التحقق عدد من الشهود أقل مما يطلبه الاتفاق: { $have } من { $asked }. أما القيود نفسها وعددها { $size } فتم التحقق منها ({ $when }).
status-broken = في السجل ما لا يستقيم. المعروض هو ما ثبت قبل ذلك: { $size } من القيود ({ $when }).
status-starting = تجري قراءة السجل وفحصه للمرة الأولى: { $done } من { $total } من القيود.
status-waiting = تجري قراءة السجل للمرة الأولى.
status-no-checkpoint = ليس في السجل نقطة تحقق بعد: لم يوقّع أحد على قيوده، ولا يُعرض منها شيء.
status-stale = يعرض المصدر حالة للسجل أقدم مما تم التحقق منه هنا. والمعروض هو الأحدث: { $size } من القيود ({ $when }).
status-copy-failed = لا يستطيع المستعرض كتابة نسخته من السجل. المعروض سبق التحقق منه: { $size } من القيود ({ $when }).
status-ahead = تحمل أحدث القيود تواريخ متقدمة على ساعة هذا المستعرض (عددها: { $n }، حتى { $when }). فإما أن ساعة السجل خاطئة وإما هذه الساعة. ولا يمس ذلك التوقيعات ولا الترتيب.
status-at = عند القيد { $position }
status-found-when = اكتُشف في { $when }

## حكم المتصفح
verdict-unchecked-title = لم يفحصه متصفحك بعد
verdict-unchecked = يفحص متصفحك هذه الصفحة بنفسه من البايتات الموقعة إذا كانت جافاسكريبت مفعّلة. وإلى أن يقول ذلك هنا فإنك تعتمد على هذا الخادم.

## كلمات مشتركة
word-any = أي
word-none = لا شيء
word-not-stated = غير مذكور
word-position = الموضع
word-received = تاريخ الاستلام
word-party = الطرف
word-role = الصفة
word-kind = النوع
word-zone = المنطقة
word-what = المضمون
word-when = الوقت
word-from = من
word-to = إلى
word-state = الحالة
word-key = المفتاح
word-keys = المفاتيح
word-records = القيود
word-record-n = القيد { $position }
word-region = الإقليم
word-size = الحجم
word-root = الجذر
word-origin = المنشأ
word-agreement = الاتفاق
word-older = الأقدم
word-newest = الأحدث
word-more = عرض الكل
word-about-n = نحو { $n }
word-days = { $n ->
    [zero] أقل من يوم
    [one] يوم واحد
    [two] يومان
    [few] { $n } أيام
    [many] { $n } يوما
   *[other] { $n } يوم
}
records-count = { $n ->
    [zero] لا قيود
    [one] قيد واحد
    [two] قيدان
    [few] { $n } قيود
    [many] { $n } قيدا
   *[other] { $n } قيد
}
records-at-least = { $n } من القيود على الأقل
drill = تمرين
drill-note = تمرين للنظام نفسه، ولا يُحتسب في أي موضع.

## الصفات والأنواع
role-state = دولة
role-mission = بعثة
role-guarantor = ضامن
role-civil = مجتمع مدني
kind-charter = الميثاق
kind-accession = انضمام
kind-key-grant = منح مفتاح
kind-key-revocation = إلغاء مفتاح
kind-amendment = تعديل
kind-endorsement = تأييد التعديل
kind-report = تقرير
kind-observation = ملاحظة
kind-restriction = تقييد حركة
kind-weapons = أسلحة
kind-harm = أضرار بالأشخاص والممتلكات
kind-signal = إنذار مبكر
kind-notification = إخطار
kind-calendar = تقويم سنوي
kind-commitment = تعهد
kind-delivery = تنفيذ
kind-inquiry = استفسار
kind-reply = جواب
kind-response = حق الرد
kind-document = وثيقة
kind-finding = استنتاج

## حالات القيد
flag-corrected = مصحح
flag-retracted = مسحوب
flag-replied = عليه رد
flag-answered = أُجيب عنه
flag-disputed = متنازع فيه
flag-supported = مؤيد
flag-examined = موضوع استنتاج
flag-suspect = مفتاح مشتبه فيه
flag-drill = تمرين
flag-late = قُيّد متأخرا
flag-ahead = تاريخ متقدم
flag-correction = تصحيح
flag-retraction = سحب

## العلاقات
relation-corrects = يصحح
relation-retracts = يسحب
relation-answers = يجيب عن
relation-fulfils = ينفذ
relation-disputes = ينازع في
relation-supports = يؤيد
relation-about = يتعلق بـ
relation-corrects-by = صححه
relation-retracts-by = سحبه
relation-answers-by = أجاب عنه
relation-fulfils-by = نفذه
relation-disputes-by = نازع فيه
relation-supports-by = أيده
relation-about-by = أشار إليه

## نظرة عامة
overview-title = نظرة عامة
overview-lead = اتفاق، وما صرحت به أطرافه بموجبه، وإلى أي حد تم التحقق منه.
overview-drill = هذا الاتفاق تمرين. وليس فيه ما يلزم أحدا.
overview-force-yes = نافذ: انضمت إليه جميع الأطراف المؤسسة.
overview-force-no = غير نافذ للجميع: انضم { $acceded } من { $parties } من الأطراف المؤسسة.
overview-review = يُراجع قبل { $when }
overview-until = ينقضي في { $when } ما لم يُجدد
overview-no-until = لم يُذكر تاريخ انقضاء.
overview-no-review = لم يُذكر تاريخ مراجعة.
overview-figure-records = القيود التي تم التحقق منها
overview-figure-checkpoint = آخر نقطة تحقق
overview-figure-witnesses = الشهود
overview-figure-week = ما استُلم هذا الأسبوع
overview-figure-week-more = { $n } في الأسبوع الذي قبله
overview-figure-disputes = منازعات لا رد عليها في السجل
witnesses-none = غير مطلوبين
witnesses-of = { $have } من { $asked }
overview-week = القيود بحسب الأسبوع
overview-week-note = الأسابيع من الاثنين إلى الأحد، بالتوقيت العالمي المنسق.
overview-week-caption = القيود المستلمة كل أسبوع بحسب النوع
overview-week-of = الأسبوع ابتداء من
overview-week-total = المجموع
overview-disputes = المنازعات القائمة
overview-disputes-none = لا بيان متنازعا فيه حاليا.
overview-inquiries = استفسارات بلا جواب
overview-inquiries-none = أُجيب عن جميع الاستفسارات.
overview-newest = أحدث القيود
overview-parties = أطراف الاتفاق
overview-acceded = انضم
overview-not-acceded = لم ينضم
overview-last = آخر بيان
overview-checkpoint = آخر نقطة تحقق
overview-checkpoint-note = قارن هذه القيم بما لدى غيرك: فإذا تطابق الاتفاق والحجم والجذر فأنتما تنظران إلى السجل نفسه.

## القيود
records-title = القيود
records-lead = جميع البيانات الواردة في السجل، الأحدث أولا. ويُثبت كل قيد في صفحته.
records-filter = اختيار القيود
records-text = كلمات في النص
records-period = وقوع الحدث بين
records-status = حالة القيد
records-zones = المنطقة
records-apply = تطبيق
records-clear = مسح
records-none = لا قيد يستوفي هذه الشروط.
records-bad-query = تعذر فهم الشروط: { $what }
records-formats = الاختيار نفسه في شكل بيانات
records-caption = القيود المستوفية للشروط، الأحدث أولا
records-local = لا وقت مذكورا

## القيد
record-title = القيد { $position }
record-lead = ما وُقّع عليه حرفيا، وتحته ما أضافه السجل، وبجانبه ما يثبت كليهما.
record-save = حفظ كدليل
record-previous = القيد السابق
record-next = القيد التالي
record-feed-previous = البيان السابق بالمفتاح نفسه
record-gloss = بعبارة المستعرض
record-gloss-note = غير موقع. يكتب المستعرض هذا الجزء استنادا إلى قيود أخرى، ويتغير كلما أُضيفت قيود.
record-state = وضعه
record-stands = قائم: لا تصحيح ولا سحب في السجل.
record-is-corrected = صُحح، وحل محله بيان لاحق.
record-is-retracted = سحبه صاحبه.
record-is-suspect = استُلم في وقت أُعلن أن مفتاحه كان فيه مشتبها فيه.
record-ahead = يؤرخ السجل هذا القيد بوقت متقدم على ساعة هذا المستعرض. فإما أن ساعة السجل خاطئة وإما هذه الساعة. ولا يمس ذلك التوقيع ولا ترتيب القيود.
record-is-disputed = ينازع فيه بيان آخر في السجل.
record-trail = القيود المتصلة به
record-trail-note = البيانات التي يحيل إليها، والبيانات التي تحيل إليه.
record-trail-none = لا يحيل إلى أي بيان آخر، ولا يحيل إليه أي بيان.
record-not-in-log = غير موجود في هذا السجل
record-discrepancies = تباينات في البيان نفسه
record-discrepancies-note = المصادر تخطئ، والبعثة تدوّن ما طُبع. ولم يُغيّر شيء.
record-discrepancy = { $path }: المطبوع { $printed }، والمحسوب { $derived }
record-mixed = كلمات مختلطة الكتابات
record-mixed-note = قد تشبه حروف كتابة ما حروف كتابة أخرى.
record-mixed-word = تخلط بين { $scripts }
record-unseen = في النص محارف لا تُرى. ويظهر كل منها علامة تحمل رقمه في يونيكود.
record-data = القيد نفسه في شكل بيانات
record-bytes = القيد كما قُيّد، عدد البايتات: { $n }
record-proof = الإثبات
record-proof-note = ما وجده هذا الخادم. ويستبدل متصفحك بهذه القائمة ما يجده بنفسه.
script-latin = اللاتينية
script-cyrillic = السيريلية
script-greek = اليونانية
script-armenian = الأرمنية
script-cherokee = الشيروكية

## خطوات الإثبات
step-page = الصفحة تعرض ما وُقّع عليه
step-page-more = لا يستطيع فحص ذلك إلا متصفحك: فهو يعيد تركيب القيد من البايتات ويقارنه بكل سطر في الصفحة.
step-entry = القيد سليم الصيغة
step-entry-more = عدد البايتات { $n }: بصمة القيد السابق، ووقت الاستلام، والبيان.
step-statement = البيان سليم الصيغة
step-statement-more = الصيغة القانونية، والترويسة، والمتن بحسب نوعه.
step-id = المعرّف هو بصمة البيان
step-signature = التوقيع صحيح
step-signature-more = ‏Ed25519، بتحقق صارم من بايتات البيان.
step-key = منح الطرف هذا المفتاح
step-key-granted = مُنح في الموضع { $position }
step-key-root = هو المفتاح الجذري للطرف، المذكور في الميثاق.
step-key-until = صالح حتى { $when }
step-key-revoked = أُلغي في الموضع { $position }
step-feed = البيان يلي البيان السابق بالمفتاح نفسه
step-feed-more = الرقم { $seq } لهذا المفتاح، والسابق في الموضع { $position }.
step-feed-first = أول بيان بهذا المفتاح.
step-chain = القيد يلي القيد السابق
step-chain-more = يحمل بصمة القيد في الموضع { $position }.
step-chain-first = أول قيد في السجل.
step-inclusion = القيد داخل في الشجرة
step-inclusion-more = عدد البصمات من القيد { $position } إلى جذر شجرة من { $size } قيدا: { $n }.
step-checkpoint = وقّع السجل على الجذر
step-cosignatures = وقّع الشهود
step-cosignatures-none = لا يطلب الاتفاق شهودا.
step-memory = لم يتغير السجل منذ زيارتك الأخيرة
step-memory-more = لا يستطيع فحص ذلك إلا متصفحك: فهو يتذكر آخر نقطة تحقق رآها هنا.

## الأطراف والمفاتيح
parties-title = الأطراف والمفاتيح
parties-lead = من كان له أن يوقّع وعلى ماذا ومتى. والمفتاح الجذري ينطق باسم الطرف ويمنح مفاتيحه الأخرى.
parties-caption = الأطراف المذكورة في الميثاق
log-keys = مفاتيح السجل
log-keys-caption = أي مفتاح يوقّع نقاط التحقق ذات أي حجم
log-key-sizes = يوقّع نقاط التحقق ذات
log-key-from = { $from } قيدًا فأكثر
log-key-between = من { $from } إلى { $until } قيدًا
log-key-by = أُدخل بموجب
log-key-signs = يوقّع
log-key-ended = انتهى
log-witnesses = الشهود المعتمدون حاليًا
log-witnesses-none = لم تتفق الأطراف على شهود.
log-proposed = مقترح، غير نافذ
log-proposed-by = وافق { $assents } من { $needed } من الأطراف: { $who }
party-keys = المفاتيح
party-keys-caption = مفاتيح هذا الطرف بترتيب منحها
party-root = المفتاح الجذري
party-root-note = يوقّع على الانضمام وعلى منح المفاتيح وإلغائها، ولا شيء غير ذلك.
party-kinds = البيانات بحسب النوع
party-newest = أحدث البيانات
party-none = لا بيان بعد.
key-title = المفتاح { $short }
key-label = حائزه
key-public = المفتاح العام
key-id = المعرّف
key-may-sign = له أن يوقّع على
key-may-all = كل نوع متاح لطرفه
key-granted = مُنح
key-until = صالح حتى
key-no-until = لم تُذكر نهاية
key-revoked = أُلغي
key-not-revoked = لم يُلغ
key-suspect = مشتبه فيه منذ { $when }
key-suspect-note = تُعلَّم البيانات المستلمة منذ ذلك الوقت بأنها مشتبه فيها. وتبقى صالحة.
key-statements = البيانات
key-feed = بياناته، الأحدث أولا
key-state-good = مستعمل
key-state-revoked = ملغى
reason-superseded = حل محله مفتاح آخر
reason-ceased = لم يعد حائزه يشغل الوظيفة
reason-lost = لم يعد في حوزة أحد
reason-compromised = قد يكون في حوزة غير صاحبه

## نقاط التحقق
checkpoints-title = نقاط التحقق والشهود
checkpoints-lead = نقطة التحقق توقيع السجل على كل ما فيه. ومن احتفظ بنقطة أسبق أمكنه أن يبين هل أُعيدت كتابة السجل.
checkpoints-caption = نقاط التحقق التي رآها هذا المستعرض وتحقق منها، الأحدث أولا
checkpoints-seen = شوهدت
checkpoints-new = القيود الجديدة
checkpoints-witnesses = وقّع عليها
checkpoints-gap = { $hours ->
    [zero] خلال أقل من ساعة من سابقتها
    [one] بعد ساعة من سابقتها
    [two] بعد ساعتين من سابقتها
    [few] بعد { $hours } ساعات من سابقتها
    [many] بعد { $hours } ساعة من سابقتها
   *[other] بعد { $hours } ساعة من سابقتها
}
checkpoints-disagreements = الاختلافات والإخفاقات
checkpoints-disagreements-none = لا شيء: كل نقطة تحقق شوهدت متسقة مع ما قبلها.
checkpoints-note = الأحدث كما وُقّعت
checkpoints-policy = الشهود الذين يطلبهم الاتفاق
checkpoints-policy-none = لا يسمي الميثاق شهودا. ويعتمد وقت السجل ووحدانيته على من يحتفظون بنقاط التحقق.
checkpoints-ledger = يبدأ التاريخ من أول مرة قرأ فيها هذا المستعرض السجل.

## التسلسل الزمني
timeline-title = التسلسل الزمني
timeline-lead = ما أُبلغ عنه إقليما إقليما، مع الأيام التي أُبلغ عنها أصلا.
timeline-filter = اختيار فترة
timeline-bucket = المدة
bucket-day = يوم
bucket-week = أسبوع
bucket-month = شهر
timeline-class = فئة المصدر
timeline-live-fire = الرماية الحية التدريبية
timeline-live-with = محتسبة
timeline-live-without = مستبعدة حيث يذكر المصدر عددها
timeline-violations = انتهاكات وقف إطلاق النار
timeline-of-which-explosions = منها انفجارات
timeline-live-fire-of = منها رماية حية تدريبية
timeline-coverage = التغطية
timeline-coverage-of = { $days } من { $total } من الأيام
timeline-observations = الملاحظات
timeline-restrictions = القيود على الحركة
timeline-notifications = الإخطارات
timeline-reports = التقارير
timeline-nobody = لم يُبلغ أحد
timeline-not-known = غير معروف
timeline-zero-note = «٠» تعني أن أحدا كان يراقب ولم يحص شيئا. و«لم يُبلغ أحد» تعني ألا تقرير يغطي تلك الأيام. و«غير معروف» تعني أن تقريرا يقول إن ذلك لم يمكن معرفته.
timeline-none = لم يُبلغ عن شيء في هذه الفترة.
timeline-chart = { $region }، { $role }: انتهاكات وقف إطلاق النار
timeline-chart-note = الأعمدة: الانتهاكات في كل مدة. والتظليل: لم يُبلغ أحد. والخط الأخضر تحت العمود يبين نسبة الأيام المبلغ عنها. والأرقام في الجدول.
timeline-caption = { $region }، بحسب: { $role }

## الخريطة
map-title = الخريطة
map-lead = مناطق الاتفاق، والأحداث التي تذكر مصادرها إحداثيات، بالدقة التي تذكرها.
map-figure = خريطة المناطق والأحداث
map-note = حجم الدائرة هو الدقة المذكورة: فالحدث واقع في موضع ما داخلها. والدائرة المتقطعة: لا يذكر المصدر الدقة. الحدود والسواحل: Natural Earth. ولا ينطوي رسمها على قبول أي أحد لأي حدود أو اعترافه بها.
map-none = لا قيد في هذه الفترة يذكر إحداثيات. وكثيرا ما تنشر البعثات المسافة والاتجاه من مكان ما.
map-zones = المناطق
map-zones-caption = مناطق الاتفاق
map-zone-outline = الحدود المرسومة
map-zone-no-outline = لا حدود متفقا عليها
map-zone-corners = عدد الرؤوس: { $n }
map-events = الأحداث على الخريطة
map-events-caption = الأحداث المرسومة أعلاه، الأحدث أولا
map-more = في هذه الفترة المزيد منها، والمرسوم أحدثها. اختر فترة أقصر لترى غيرها.
map-latitude = خط العرض
map-longitude = خط الطول
map-precision = الدقة
map-metres = في حدود { $n } م
map-legend-zone = منطقة
map-legend-event = حدث مع دقته
map-legend-vague = حدث لم تُذكر دقته
map-legend-boundary = حدود بين الدول

## التقويم
calendar-title = التقويم
calendar-lead = الأنشطة العسكرية كما أُخطر بها، ومدة الإشعار المسبق.
calendar-caption = الأنشطة التي أُخطر بها، بحسب البدء
calendar-designation = النشاط
calendar-start = البدء
calendar-end = الانتهاء
calendar-given = تقديم الإخطار
calendar-given-record = مقيّد
calendar-given-other = عبر قناة أخرى
calendar-lead-time = مدة الإشعار
calendar-lead-after = { $n ->
    [zero] يوم البدء
    [one] بعد البدء بيوم
    [two] بعد البدء بيومين
    [few] بعد البدء بـ { $n } أيام
    [many] بعد البدء بـ { $n } يوما
   *[other] بعد البدء بـ { $n } يوم
}
calendar-short-notice = دون إشعار مسبق للقوات
calendar-troops = الأفراد
calendar-changed = معدّل
calendar-cancelled = ملغى
calendar-none = لم يُخطر بأي نشاط في هذه الفترة.
calendar-plans = التقاويم السنوية
calendar-plans-caption = تقاويم الأنشطة المقررة بحسب السنة
calendar-year = السنة
calendar-nil = لا شيء مقررا
calendar-planned = { $n ->
    [zero] لا أنشطة مقررة
    [one] نشاط مقرر واحد
    [two] نشاطان مقرران
    [few] { $n } أنشطة مقررة
    [many] { $n } نشاطا مقررا
   *[other] { $n } نشاط مقرر
}
calendar-rule = يحسب المستعرض الأيام بين الإخطار والبدء. أما هل تقتضي قاعدة ما أكثر من ذلك فتقوله الاستنتاجات.

## التحقق
verify-title = التحقق من ملف
verify-lead = أفلت هنا بيانا أو إثباتا أو إيصالا أو إثبات غش أو ملف دليل أو نقطتي تحقق. يفحصها متصفحك هنا، ولا يُرفع شيء.
verify-drop = أفلت الملفات هنا أو اخترها
verify-results = النتائج
verify-needs-js = تحتاج هذه الصفحة إلى جافاسكريبت لأن متصفحك هو الذي يفحص. وبدونها استعمل سطر الأوامر.
verify-offline = على جهازك، دون هذا الموقع
verify-what = ما يمكن فحصه
verify-statement = بيان (‎.cose) مع إثباته (‎.tlog-proof) أو إيصاله (‎.receipt)
verify-statement-more = من وقّع عليه، وأن السجل يتضمنه، وهل ذلك نهائي؛ وقد يكون الإيصال داخل البيان نفسه
verify-evidence = ملف دليل محفوظ من هذا المستعرض (‎.html أو ‎.json)
verify-evidence-more = كل ما عرضته صفحته
verify-checkpoints = نقطتا تحقق لسجل واحد
verify-checkpoints-more = هل تتناقضان، وهو ما يثبت تشعب السجل
verify-fraud = إثبات غش (‎.fraud-proof)
verify-fraud-more = هل يدين حامل مفتاح سجل، وبماذا، وهل المفتاح لهذا السجل أم لغيره
verify-log = السجل الذي تُقابَل به الملفات
verify-log-more = يُعتد بالبيان أو الإثبات أو الإيصال بحسب مفاتيح هذا السجل، ما لم تُفلت ميثاق سجل آخر. قارن الاتفاق بما لديك من الأطراف.

## البيانات
data-title = البيانات
data-lead = كل ما يُعرض هنا يمكن تنزيله ونسخه وفحصه دون هذا الموقع.
data-log = السجل نفسه
data-log-note = بالتنسيق c2sp.org/tlog-tiles. ويصلح له أي قارئ لهذا التنسيق.
data-checkpoint = آخر نقطة تحقق كما وُقّعت
data-tiles = رقاع البصمات وحزم القيود
data-archive = السجل كله في ملف واحد
data-mirror = الاحتفاظ بنسخة متحقق منها
data-mirror-note = يفحص الأمر كل توقيع وكل بصمة أثناء النسخ، ويستأنف من حيث توقف.
data-exports = التصدير
data-exports-note = يقبل كل منها شروط قائمة القيود نفسها بالكلمات نفسها.
data-times = حيث وُقّعت أيام كاملة تُذكر الأيام، واليوم الأخير داخل فيها؛ وحيث وُقّعت لحظات تُذكر بالتوقيت العالمي المنسق (UTC). وفي CSV وGeoJSON ترد الأيام في «first_day» و«last_day»، واللحظات في «from» و«to».
data-csv = جدول (CSV)
data-csv-excel = الجدول نفسه لبرنامج Excel (مع علامة ترتيب البايتات)
data-jsonl = القيود مع حقولها الموقعة (JSON Lines)
data-geojson = الأحداث ذات الإحداثيات (GeoJSON)
data-follow = المتابعة
data-atom = القيود الجديدة (تغذية Atom)
data-events = القيود الجديدة فور التحقق منها (أحداث يرسلها الخادم)
data-api = واجهة للبرامج
data-openapi = الوصف (OpenAPI 3.1)
data-schemas = مخططات البيانات (JSON Schema)
data-what = المحتوى
data-where = العنوان

## عن التحقق
about-title = كيف تتحقق بنفسك
about-lead = لست مضطرا إلى الوثوق بهذا الموقع. تبين هذه الصفحة ما تعنيه علاماته، وما لا تعنيه، وكيف يُستغنى عنه.
about-green = ما معنى «تم التحقق»
about-green-1 = جلب هذا المستعرض كل قيد في السجل، وفحص كل توقيع وكل بصمة، وطبّق قواعد الاتفاق من جديد، وانتهى إلى الجذر الذي وقّع عليه السجل.
about-green-2 = فكل بيان إذن موقع بمفتاح منحه طرفه، ولم يُغيَّر شيء منذ ذلك الحين ولم يُدرج ولم يُحذف ولم يُبدَّل ترتيبه.
about-not = ما لا يعنيه ذلك
about-not-1 = لا يعني أن البيان صحيح. فمن صرّح بشيء مسؤول عنه.
about-not-2 = لا يعني أن كل ما سُلّم قد قُيّد. ومن يسلّم بيانا يحتفظ بإيصاله.
about-not-3 = لا يقول متى صدر البيان بما يتجاوز قول الوديع وترتيب القيود، ما لم يوقّع شهود مستقلون.
about-not-4 = لا يقول من خرق الاتفاق.
about-amber = «تنبيه» و«لم يثبت التحقق»
about-amber-1 = «تنبيه»: المعروض تم التحقق منه، لكنه قد لا يكون الأحدث، أو وقّع عدد من الشهود أقل من المتفق عليه.
about-amber-2 = «لم يثبت التحقق»: السجل يناقض نفسه أو توقيعاته أو ما شوهد من قبل. ويعرض المستعرض ما ثبت قبل ذلك، ويقول ما وجده وأين.
about-liar = خادم يكذب
about-liar-1 = يفحص متصفحك كل صفحة قيد بنفسه. لكن البرنامج الذي يفحص يأتي من هذا الخادم، والخادم الذي يكذب قد يرسل برنامجا يكذب.
about-liar-2 = إن كان ذلك يهمك فاستعمل إحدى الطرق الآتية. ولا تعتمد أي منها على هذا الخادم.
about-own = شغّل مستعرضا خاصا بك
about-own-note = يقرأ السجل من هنا أو من أي نسخة مطابقة، ولا يصدق شيئا لم يفحصه.
about-command = تحقق من سطر الأوامر
about-command-note = معرّف الاتفاق يأتي من الأطراف لا من هذا الموقع.
about-evidence = احفظ قيدا كدليل
about-evidence-note = «حفظ كدليل» في صفحة القيد ينشئ ملفا يعرض القيد ويفحصه دون اتصال. ويمكن لزميل أن يقارن معرّف الاتفاق الوارد فيه بالمعرّف الوارد من الأطراف.
about-compare = قارن نقاط التحقق
about-compare-note = إذا رأى شخصان الحجم نفسه والجذر نفسه للاتفاق نفسه فهما يريان السجل نفسه.
about-own-code = لا تثق بأي برنامج من برامجنا
about-own-code-note = الصيغ منشورة مع أمثلة اختبار، ويمكن كتابة برنامج تحقق استنادا إليها بأي لغة.

## المشكلات
problem-404-title = لا وجود لهذه الصفحة
problem-404 = لا يؤدي العنوان إلى شيء في هذا السجل. وترقيم القيود يبدأ من 0.
problem-400-title = تعذر فهم العنوان
problem-400 = في العنوان ما ليس على ما ينبغي.
problem-503-title = السجل قيد الفحص
problem-503 = لا يعرض هذا المستعرض إلا ما تحقق منه، ولم يكتمل الفحص الأول بعد. ستُحدَّث هذه الصفحة تلقائيا.
problem-500-title = تعذر إعداد الصفحة
problem-500 = في نسخة السجل ما تعذرت قراءته. وما تم التحقق منه ليس موضع شك، ويمكن إعداد النسخة من جديد.
problem-code = الرمز
problem-home = الانتقال إلى النظرة العامة

## أجزاء الملخص وكلمات المواصفة
part-parties = عدد الأطراف: { $n }
part-keys = عدد المفاتيح: { $n }
part-deaths = عدد الوفيات: { $n }
part-item = الاستحقاق { $n }
part-activities = الأنشطة المقررة: { $n }
part-until = حتى { $when }
value-explosion = انفجار
value-projectile = مقذوف في الجو
value-tracer-round = طلقة خطاطة
value-burst = رشقة نارية
value-shot = طلقة واحدة
value-burst-and-shot = رشقات وطلقات
value-muzzle-flash = وميض فوهة
value-illumination-flare = قنبلة مضيئة
value-flare = قذيفة إشارة
value-gunfire = إطلاق نار
value-violation = انتهاك لوقف إطلاق النار
value-mine = ألغام أو ذخائر غير منفجرة
value-uav-targeted = إطلاق نار على طائرة مسيّرة للبعثة
value-uav-lost = فقدان طائرة مسيّرة للبعثة
value-uav-damaged = تضرر طائرة مسيّرة للبعثة
value-uav-emergency-landing = هبوط اضطراري لطائرة مسيّرة للبعثة
value-threat = تهديد لأفراد البعثة
value-other = غير ذلك
value-not-known = غير معروف
value-denied = رُفض
value-delayed = أُخّر
value-conditional = سُمح بشرط
value-resumed = رُفع التقييد
value-observed = لوحظ
value-corroborated = مؤكد بأدلة
value-not-corroborated = غير مؤكد بأدلة
value-inconclusive = غير حاسم
value-suspended = معلّق
value-in-violation-of-withdrawal-lines = بالمخالفة لخطوط السحب
value-beyond-lines-outside-storage = خلف خطوط السحب وخارج مواقع التخزين
value-not-verified-as-withdrawn = لم يتحقق من سحبها
value-missing-from-holding-area = مفقودة من منطقة التجميع
value-missing-from-permanent-storage = مفقودة من التخزين الدائم
value-inside-security-zone = داخل المنطقة الأمنية
value-killed = قتلى
value-injured = جرحى
value-killed-or-injured = قتلى أو جرحى
value-missing = مفقودون
value-routine = عادي
value-urgent = عاجل
value-immediate = فوري
value-field-exercise = تمرين ميداني
value-live-firing = رماية حية
value-amphibious-landing = إنزال برمائي
value-heliborne-landing = إنزال بالمروحيات
value-parachute-drop = إسقاط مظلي
value-transfer = نقل قوات
value-concentration = حشد قوات
value-alert = تمرين إنذار
value-air-exercise = تمرين جوي
value-naval-exercise = تمرين بحري
value-movement = تحرك قوات
value-missile-launch = إطلاق صاروخ أو مركبة فضائية
value-command-post-exercise = تمرين مراكز قيادة
value-nil-return = لا شيء مقررا
value-data-sharing = تبادل بيانات
value-restraint = ضبط النفس
value-pause = وقفة في القتال
value-local-ceasefire = وقف محلي لإطلاق النار
value-corridor = ممر
value-force-limit = تحديد القوات
value-meeting = اجتماع
value-channel-test = اختبار قناة اتصال
value-access = وصول
value-assessment = تقييم
value-assistance = مساعدة
value-action = إجراء منفرد
value-military = شأن عسكري
value-environmental = شأن بيئي
value-health = شأن صحي
value-cyber = شبكات ونظم
value-clarification = إيضاح
value-unusual-activity = نشاط عسكري غير عادي
value-hazardous-incident = حادث خطر
value-visit = طلب زيارة
value-hotline = مكالمة على الخط الساخن
value-complaint = شكوى
value-relief = إغاثة أو مرور
value-answered = أُجيب
value-partly-answered = أُجيب جزئيا
value-declined = اعتُذر عن الإجابة
value-needs-more-time = يلزم مزيد من الوقت
value-accepts = يقبل
value-accepts-in-part = يقبل جزئيا
value-disputes = ينازع
value-comments = يعلّق
value-minutes = محضر
value-criteria = معايير
value-mandate = ولاية
value-protocol = بروتوكول
value-guidance = إرشادات
value-lesson = درس مستفاد
value-audit-report = تقرير مراجعة
value-legal-justification = مسوّغ قانوني
value-decision = قرار
value-retraction = سحب
value-live-fire-training = رماية حية تدريبية
value-disengagement-breach = إخلال بفض الاشتباك
value-superseded = استُعيض عنه
value-ceased = انتهت الوظيفة
value-lost = فُقد
value-compromised = اختُرق
