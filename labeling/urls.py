from django.urls import path

from labeling.views import agreement, confidence, courses, findings, frames, machine, review, worker
from labeling.views.home import home

BATCH = "orgs/<slug:org>/projects/<slug:project>/batches/<slug:batch>/"

urlpatterns = [
    path("", home, name="home"),
    path(BATCH + "review/", review.review, name="review"),
    path(BATCH + "review/send/", review.send_review, name="send_review"),
    path(BATCH + "objects/", review.objects, name="objects"),
    path(BATCH + "objects/<str:object_id>/", review.object_page, name="object"),
    path(BATCH + "objects/<str:object_id>/feedback/", review.give_feedback, name="give_feedback"),
    path(BATCH + "machine/", machine.machine, name="machine"),
    path(BATCH + "confidence/", confidence.confidence, name="confidence"),
    path(BATCH + "agreement/", agreement.agreement, name="agreement"),
    path(BATCH + "findings/", findings.findings, name="findings"),
    path(BATCH + "retry/", review.retry_failed, name="retry_failed"),
    path("media/<str:public_id>/", review.media, name="media"),
    path("work/", worker.work_home, name="work_home"),
    path("work/history/", worker.work_history, name="work_history"),
    path("work/quality/", worker.work_quality, name="work_quality"),
    path("work/terms/", worker.work_terms, name="work_terms"),
    path("work/frame/", frames.work_frame, name="work_frame"),
    path("work/words/", frames.work_words, name="work_words"),
    path("work/keys/", worker.work_keys, name="work_keys"),
    path("work/answers/", worker.work_answers, name="work_answers"),
    path("work/appeal/<str:pause>/", worker.work_appeal, name="work_appeal"),
    path("work/<str:job>/", worker.work_job, name="work_job"),
    path("work/<str:job>/course/", courses.work_course, name="work_course"),
    path("work/<str:job>/test/", courses.work_test, name="work_test"),
    path("work/<str:job>/ask/", worker.work_ask, name="work_ask"),
    path("work/<str:job>/claim/", worker.work_claim, name="work_claim"),
    path("work/<str:job>/submit/", worker.work_submit, name="work_submit"),
    path("work/<str:job>/decline/", worker.work_decline, name="work_decline"),
    path("work/<str:job>/release/", worker.work_release, name="work_release"),
    path("work/<str:job>/read/", worker.work_read, name="work_read"),
    path("work/<str:job>/stuck/", worker.work_stuck, name="work_stuck"),
    path("work/<str:job>/pause/", worker.work_pause, name="work_pause"),
    path("work/<str:job>/resume/", worker.work_resume, name="work_resume"),
    path("work/<str:job>/beat/", worker.work_beat, name="work_beat"),
    path("work/<str:job>/back/", worker.work_back, name="work_back"),
    path("work/<str:job>/correct/", worker.work_correct, name="work_correct"),
]
